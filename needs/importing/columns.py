"""The columns of the workbooks of needs and of application scenarios: heading, synonyms, and the template's notes.

Headings and examples are Chinese in every language, because they stand in the file. A scenario is a need of its own
kind: both lists share their columns, each with its own order, words and required cells.
"""

from dataclasses import replace

from django.utils.translation import gettext_lazy as _

from matchmaking.intake.importing import Column

_CHOICE = _("Choose from the list, or write code or name.")
_CHOICES = _("Several entries are possible, separated by 、; write codes or names.")
_YES_NO = _("是 or 否.")
_SEALED = _("Stored encrypted; shown to a partner only when both sides have agreed.")

_ALL = (
    Column("public_no", "需求编号", _("Leave it empty for a new need; the portal gives the number. With a number, the "
           "row changes that record."), "", ("编号", "需求号", "平台编号", "场景编号"), width=17),
    Column("enterprise", "企业名称", _("May stay empty. If it is written, it must be your own enterprise: a list is "
           "uploaded for one enterprise at a time."), "",
           ("单位名称", "需求单位", "企业", "申报单位", "发布单位", "场景单位"), width=26),
    Column("title", "需求名称", _("The name, at most 60 characters. Without a number, a row with exactly the name of "
           "one of your needs changes that need."), "涡轮叶片锻后裂纹在线检测",
           ("名称", "项目名称", "技术需求名称", "难题名称", "需求题目"), required=True, width=34),
    Column("need_kind", "需求类型", _CHOICE, "技术攻关", ("类型", "需求类别", "需求种类"), required=True,
           table="NEED_KIND", width=16),
    Column("background", "需求背景与现状", _("Who needs it and why now, at most 800 characters."),
           "每年锻造叶片四万片，供应两家主机厂，需求逐年增长两成",
           ("需求背景", "需求背景/现状", "背景", "背景与现状", "现状"), required=True, width=40, keeps_lines=True),
    Column("problem", "现有工艺与问题", _("The process of today and where it fails, at most 2,000 characters."),
           "冷却后人工抽检，微小裂纹到客户处才发现，每百片约漏检三片",
           ("需求内容", "存在问题", "技术问题", "技术难题", "主要问题", "需求描述", "现有工艺及问题"),
           required=True, width=48, keeps_lines=True),
    Column("goal", "预期目标", _("What shall be reached, at most 800 characters."), "每片叶片在线全检，二十秒以内完成",
           ("目标", "预期成果", "技术目标", "拟达到的目标"), required=True, width=36, keeps_lines=True),
    Column("indicators", "考核指标", _("One indicator a line: name, sign, number, unit; then in brackets today's value "
           "（现状：…） and, if it is only wished for, （期望）. Signs: ≥ ≤ > < =. At least one with a number."),
           "裂纹检出率≥98%（现状：91%）\n单片检测时间≤20s（现状：95s）\n误报率≤1%（期望）",
           ("技术指标", "主要指标", "量化指标", "主要技术指标", "指标要求", "性能指标"), required=True, width=36,
           keeps_lines=True),
    Column("tried", "已尝试方案及不足", _("What was tried and why it was not enough."), "试过工业相机，受氧化皮遮挡",
           ("已尝试方案", "已有尝试", "前期尝试"), width=30, keeps_lines=True),
    Column("basis", "现有工作基础", _("What you bring: site, equipment, people, earlier work."),
           "有一条可供试验的锻造线，两名工程师参与", ("现有基础", "工作基础", "前期基础"), required=True, width=30,
           keeps_lines=True),
    Column("tech_field", "技术领域", _CHOICE, "0804 先进制造工艺与装备",
           ("高新技术领域", "国家重点支持的高新技术领域", "所属领域", "所属技术领域"), required=True, table="HNTE8",
           width=26),
    Column("industry", "行业", _CHOICE, "35", ("所属行业", "国民经济行业", "应用行业", "行业领域"), required=True,
           table="GB4754", width=22),
    Column("chain_link", "产业链环节", _("At most 60 characters."), "高温合金锻造", ("产业链", "所属产业链"), width=20),
    Column("chokepoint", "“卡脖子”技术", _("是 or 否. Shown to you, the park and your officers only."), "否",
           ("是否卡脖子", "卡脖子", "是否为卡脖子技术"), width=14),
    Column("import_substitution", "进口替代", _("是 or 否. Shown to you, the park and your officers only."), "是",
           ("是否进口替代", "国产替代", "是否国产替代"), width=10),
    Column("national_project", "对应国家工程", _CHOICE, "", ("国家工程",), table="NAT_PROJ", width=20),
    Column("target_trl", "期望成熟度", _("The readiness level 1 to 9 that the answer should have: 6, TRL6 and 6级 mean "
           "the same."), "7", ("trl", "期望技术成熟度", "目标成熟度", "成熟度要求"), table="TRL", width=12),
    Column("coop_modes", "合作方式", _CHOICES, "委托开发、合作开发",
           ("拟合作方式", "意向合作方式", "合作意向", "对接方式"), required=True, many=True, table="COOP_MODE",
           width=22),
    Column("budget_band", "拟投入经费区间", _("Choose from the list; everybody sees the band."), "50万—100万元",
           ("经费档次", "拟投入经费档次", "经费区间", "预算区间"), required=True, table="PRICE_BAND", width=18),
    Column("budget_fen", "拟投入经费", _("A number; the unit stands in the heading or in the cell (12万元). Seen by "
           "you, the park and your officers only."), "85",
           ("具体经费", "经费", "预算", "投入经费", "拟投入资金", "研发预算"), unit="万元", width=16),
    Column("open_competition", "揭榜挂帅", _YES_NO, "否", ("是否揭榜挂帅", "揭榜"), width=10),
    Column("eligibility", "揭榜条件", _("Needed for an open competition: what a team must have."), "",
           ("揭榜方条件", "对揭榜方的要求", "申报条件"), width=26, keeps_lines=True),
    Column("due_months", "完成时限", _("In months from the contract on, 1 to 36: 18, 18个月 and 1年半 mean the same."),
           "18", ("完成期限", "时限", "实施周期", "期限"), required=True, unit="月", width=12),
    Column("ip_terms", "知识产权要求", _CHOICE, "双方共有", ("知识产权归属", "知识产权"), required=True,
           table="IP_TERMS", width=20),
    Column("ip_terms_note", "知识产权说明", _("At most 300 characters."), "", ("知识产权备注",), width=20),
    Column("open_until", "征集截止", _("Year, month and day; until then candidates may answer."), "2027-06-30",
           ("征集截止日期", "截止日期", "有效期至", "截止时间"), required=True, width=14),
    Column("wished_partners", "意向高校或专家", _("At most 300 characters."), "",
           ("意向高校/专家", "意向单位", "意向高校", "意向合作单位", "意向专家"), width=22),
    Column("site", "场景地点", _("Where it would be used, at most 200 characters."), "锻造一车间，两条产线四十台压机",
           ("场地", "实施地点", "应用地点"), required=True, width=26),
    Column("scale", "场景规模", _("How much of it there is, at most 500 characters."),
           "压机四十台，每日产生告警约两千条", ("规模", "应用规模"), required=True, width=26, keeps_lines=True),
    Column("open_data", "开放数据", _("Which data you open and in which form; 不开放 if none."),
           "三年振动数据，以文件形式提供", ("数据开放", "可开放数据", "开放数据情况"), required=True, width=26,
           keeps_lines=True),
    Column("trial_window", "试用时间", _("When and how long it may be tried, at most 200 characters."),
           "三月至六月，夜间，连续六周", ("试用窗口", "测试时间", "开放时间"), required=True, width=22),
    Column("support_offered", "提供支持", _("What you bring to the trial, at most 500 characters."),
           "现场工程师一名，供电与网络，试用经费二十万元", ("支持措施", "支持条件", "可提供的支持"), required=True,
           width=26, keeps_lines=True),
    Column("access_conditions", "准入条件", _("What a team must have to be let in, at most 500 characters."),
           "设备须有防爆合格证，双方签订保密协议", ("进入条件", "接入条件", "参与条件"), required=True, width=26,
           keeps_lines=True),
    Column("visibility", "公开范围", _("Choose from the list. With 匿名发布 no text may name your enterprise."), "公开",
           ("可见范围", "保密要求", "是否匿名发布", "发布方式"), required=True, table="VISIBILITY", width=18),
    Column("invited", "受邀单位", _("For 受邀可见 only: the organisations that may see it, by full name as registered, "
           "separated by 、."), "", ("邀请单位", "定向单位"), many=True, width=24),
    Column("secret", "是否涉密", _("否 or empty. Secret needs must not be entered."), "否",
           ("涉密", "涉密情况"), width=10),
    Column("contact_name", "联系人", _SEALED, "王工", ("联系人姓名", "需求联系人"), required=True, private=True,
           width=12),
    Column("contact_position", "联系人职务", _("Stored encrypted, as above."), "总工程师", ("职务", "联系人职位"),
           private=True, width=14),
    Column("contact_phone", "联系电话", _("Stored encrypted, as above. Telephone or e-mail is needed."), "025-80000000",
           ("电话", "手机", "联系方式"), required=True, private=True, width=16),
    Column("contact_email", "电子邮箱", _("Stored encrypted, as above."), "jishu@example.com",
           ("邮箱", "email", "e-mail", "联系邮箱"), private=True, width=24),
)  # fmt: skip

SCENARIO_FIELDS = ("site", "scale", "open_data", "trial_window", "support_offered", "access_conditions")
_BY_NAME = {column.name: column for column in _ALL}


def _of_need(column: Column) -> Column:
    """In the list of needs a scenario may stand as well: its cells come last and are optional."""
    if column.name not in SCENARIO_FIELDS:
        return column
    return replace(column, required=False, note=_("For application scenarios only; they have a list of their own."))


NEED_COLUMNS = (
    *(column for column in _ALL if column.name not in SCENARIO_FIELDS),
    *(_of_need(_BY_NAME[name]) for name in SCENARIO_FIELDS),
)

# How a scenario's list calls what a need calls otherwise.
_SCENARIO_WORDS = {
    "public_no": replace(_BY_NAME["public_no"], heading="场景编号", synonyms=("编号", "需求编号", "平台编号"), note=_(
        "Leave it empty for a new scenario; the portal gives the number. With a number, the row changes that record.")),
    "title": replace(_BY_NAME["title"], heading="场景名称", synonyms=("名称", "应用场景名称", "需求名称"),
                     example="锻造车间设备预测性维护应用场景", note=_(
                     "The name, at most 60 characters. Without a number, a row with exactly the name of one of your "
                     "scenarios changes that scenario.")),
    "background": replace(_BY_NAME["background"], heading="场景背景", example="锻造车间压机老旧，停机影响交付",
                          synonyms=("背景", "场景概况", "场景介绍", "需求背景", "需求背景/现状", "需求背景与现状")),
    "problem": replace(_BY_NAME["problem"], heading="待解决的问题",
                       example="故障只能事后维修，每月停机约二十小时",
                       synonyms=("场景需求", "存在问题", "需求内容", "现有工艺与问题", "需求描述")),
    "goal": replace(_BY_NAME["goal"], example="提前一周预警主要故障"),
    "indicators": replace(_BY_NAME["indicators"], required=False, example="预警准确率≥90%（现状：0%）"),
    "basis": replace(_BY_NAME["basis"], example="设备已联网，振动传感器一百二十个"),
    "tech_field": replace(_BY_NAME["tech_field"], example="0803 高性能智能化仪器仪表"),
    "chain_link": replace(_BY_NAME["chain_link"], example=""),
}  # fmt: skip
_SCENARIO_ORDER = (
    "public_no", "enterprise", "title", "background", "problem", "goal", *SCENARIO_FIELDS, "basis", "indicators",
    "tech_field", "industry", "chain_link", "target_trl", "coop_modes", "budget_band", "budget_fen",
    "open_competition", "eligibility", "due_months", "ip_terms", "ip_terms_note", "open_until", "wished_partners",
    "visibility", "invited", "secret", "contact_name", "contact_position", "contact_phone", "contact_email",
)  # fmt: skip
SCENARIO_COLUMNS = (
    *(_SCENARIO_WORDS.get(name, _BY_NAME[name]) for name in _SCENARIO_ORDER),
    replace(_BY_NAME["need_kind"], required=False, example="应用场景",
            note=_("May stay empty. Needs of another kind belong into the list of needs.")),
)  # fmt: skip
