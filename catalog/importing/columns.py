"""The columns of an achievements workbook: heading, synonyms, and what the template's notes say about each.

Headings and examples are Chinese in every language, because they stand in the file.
"""

from django.utils.translation import gettext_lazy as _

from matchmaking.intake.importing import Column

_CHOICE = _("Choose from the list, or write code or name.")
_CHOICES = _("Several entries are possible, separated by 、; write codes or names.")

COLUMNS = (
    Column("public_no", "成果编号", _("Leave it empty for a new achievement; the portal gives the number. With a "
           "number, the row changes that record."), "CG-2026-000123", ("编号", "成果号", "平台编号"), width=17),
    Column("title", "成果名称", _("The name, at most 100 characters. Without a number, a row with exactly the name of "
           "one of your records changes that record."), "高温合金叶片涡流阵列在线检测技术",
           ("名称", "项目名称", "技术名称", "科技成果名称"), required=True, width=36),
    Column("summary", "成果简介", _("What it is and what it does, 140 to 600 characters."),
           "把涡流阵列探头与温度补偿模型结合起来，在锻造节拍内完成叶片全表面检测……",
           ("简介", "成果介绍", "项目简介", "成果内容简介", "摘要"), required=True, width=48, keeps_lines=True),
    Column("problem_solved", "解决的问题", _("Which difficulty of which user it removes, at most 300 characters."),
           "人工抽检速度慢，微小裂纹漏检率高", ("解决的问题/痛点", "痛点", "解决问题", "拟解决的问题"),
           required=True, width=36, keeps_lines=True),
    Column("key_points", "技术要点与创新点", _("How it works and what is new, at most 1,000 characters."),
           "一是阵列探头的仿形设计；二是温度漂移的在线补偿；三是缺陷分级模型",
           ("技术要点", "创新点", "技术要点和创新点", "技术创新点", "主要技术内容"), required=True, width=48,
           keeps_lines=True),
    Column("indicators", "主要技术指标", _("One indicator a line: name, sign, number, unit, condition in brackets. "
           "Signs: ≥ ≤ > < =; a line that has no such form is kept in words."),
           "检出率≥98.5%（裂纹长度0.2mm以上）\n单件检测时间≤12s", ("技术指标", "主要指标", "性能指标", "技术经济指标"),
           required=True, width=34, keeps_lines=True),
    Column("applications", "应用行业", _CHOICES, "35、37",
           ("行业", "所属行业", "应用领域行业", "国民经济行业", "适用行业"), required=True, table="GB4754", many=True,
           width=22),
    Column("application_text", "应用场景", _("Where it can be used, in a sentence of at most 300 characters."),
           "航空发动机叶片锻造生产线", ("应用领域", "适用范围", "应用范围"), width=26),
    Column("tech_field", "技术领域", _CHOICE, "0804 先进制造工艺与装备",
           ("高新技术领域", "国家重点支持的高新技术领域", "所属领域", "所属技术领域"), required=True, table="HNTE8",
           width=26),
    Column("sei", "战略性新兴产业", _CHOICE, "2 高端装备制造",
           ("战新产业", "所属战略性新兴产业"), table="SEI9", width=20),
    Column("discipline", "学科", _CHOICE, "460 机械", ("所属学科", "学科分类", "学科领域", "一级学科"), required=True,
           table="GB13745", width=20),
    Column("keywords", "关键词", _("Three to eight words, separated by 、"), "涡流检测、高温合金、在线检测",
           ("关键字", "主题词"), required=True, many=True, width=26),
    Column("trl", "成熟度", _("The readiness level 1 to 9 (GB/T 22900): 6, TRL6 and 6级 mean the same."), "6",
           ("trl", "技术成熟度", "技术就绪度", "技术成熟度等级", "成熟度等级", "技术就绪度等级"),
           required=True, table="TRL", width=14),
    Column("maturity", "成熟阶段", _("Follows from the level; if it is written, it must fit."), "通过中试",
           ("所处阶段", "成果阶段", "研发阶段"), table="MATURITY", width=14),
    Column("trl_evidence", "成熟度证据", _("What proves the maturity; needed from level 6 on."), "第三方检测报告",
           ("成熟度证明", "成熟度佐证", "技术成熟度证明"), width=22, keeps_lines=True),
    Column("source", "成果来源", _CHOICE, "国家科技计划", ("来源", "项目来源", "课题来源"), required=True,
           table="ACH_SRC", width=16),
    Column("grant_no", "国家科技计划项目编号", _("The number of the programme grant, if there is one."),
           "示例2022-0113", ("项目编号", "课题编号", "计划编号"), width=22),
    Column("completing_units", "完成单位", _("In their order, by full name as registered in the portal, separated "
           "by 、. Empty means your own organisation."), "示例大学、示例装备研究院",
           ("第一完成单位", "主要完成单位", "成果完成单位"), many=True, width=26),
    Column("completers", "完成人", _("In their order, separated by 、"), "张三、李四、王五",
           ("主要完成人", "成果完成人", "发明人", "负责人", "项目负责人"), required=True, many=True, width=22),
    Column("ip_items", "知识产权", _("One right a line: kind, number, title, status."),
           "发明专利，ZL202110000000.0，一种叶片缺陷检测装置，授权有效",
           ("知识产权情况", "专利", "专利情况", "知识产权状况"), required=True, width=40, keeps_lines=True),
    Column("ownership", "权属状况", _CHOICE, "单一单位", ("权属", "知识产权权属", "权属情况"), required=True,
           table="OWNERSHIP", width=16),
    Column("ownership_note", "权属说明", _("At most 200 characters."), "", ("权属备注",), width=20),
    Column("rights_pilot", "赋权改革试点", _("是 or 否."), "否", ("赋权试点", "是否赋权试点", "是否赋权"), width=14),
    Column("separate_mgmt", "单列管理", _("是 or 否."), "否", ("是否单列管理",), width=10),
    Column("coop_modes", "合作方式", _CHOICES, "普通许可、合作开发",
           ("拟合作方式", "转化方式", "拟转化方式", "意向合作方式", "合作意向"), required=True, table="COOP_MODE",
           many=True, width=22),
    Column("price_band", "意向价格区间", _CHOICE, "10—50万元", ("价格区间", "报价区间"), table="PRICE_BAND",
           width=16),
    Column("price_fen", "意向价格", _("A number; the unit stands in the heading or in the cell (12万元). Seen by "
           "you and the reviewing department only."), "45", ("转让价格", "报价", "期望价格", "拟转让价格"), unit="万元",
           width=16),
    Column("needs_from_partner", "所需条件", _("What the partner must bring: site, funds, equipment, licences."), "",
           ("合作条件", "需合作方提供的条件"), width=26, keeps_lines=True),
    Column("finance_stage", "融资阶段", _CHOICE, "", ("融资需求阶段",), table="FIN_STAGE", width=12),
    Column("finance_amount_fen", "融资需求", _("As for the price. Seen by you and the reviewing department only."), "",
           ("融资金额", "融资额"), unit="万元", width=16),
    Column("references", "已有应用与客户", _("Who uses it already."), "",
           ("已有应用", "已有应用/客户", "应用情况", "已有客户", "推广应用情况"), width=26, keeps_lines=True),
    Column("awards", "获奖与评价", _("Prizes, appraisals, evaluation reports."), "",
           ("获奖、评价报告", "获奖情况", "获奖", "成果评价"), width=22, keeps_lines=True),
    Column("benefit", "经济社会效益", _("In numbers where possible."), "", ("效益", "经济效益", "社会效益"), width=26,
           keeps_lines=True),
    Column("visibility", "公开范围", _CHOICE, "公开", ("可见范围",), table="VISIBILITY", width=14),
    Column("secrecy_declared", "是否涉密", _("否 declares that the unit has checked the record and found no state "
           "secret. Secret achievements must not be entered."), "否", ("涉密", "涉密情况"), width=10),
    Column("unit_opinion", "单位审核意见", _("The opinion of the unit, at most 500 characters."), "同意推荐",
           ("单位意见", "审核意见", "推荐意见"), width=20, keeps_lines=True),
    Column("unit_opinion_by", "审核人", _("Who gave the opinion."), "", ("单位审核人",), width=12),
    Column("unit_opinion_on", "审核日期", _("Year, month and day."), "2026-03-05", ("单位审核日期",), width=14),
    Column("contact_name", "联系人", _("Stored encrypted; shown to a partner only when both sides have agreed."),
           "王老师", ("联系人姓名",), private=True, width=12),
    Column("contact_phone", "联系电话", _("Stored encrypted, as above."), "025-80000000", ("电话", "手机", "联系方式"),
           private=True, width=16),
    Column("contact_email", "电子邮箱", _("Stored encrypted, as above."), "zhuanhua@example.edu.cn",
           ("邮箱", "email", "e-mail", "联系邮箱"), private=True, width=24),
)  # fmt: skip
