"""The columns of a workbook of nominations: heading, synonyms, and what the template's notes say about each.

Headings and examples are Chinese in every language, because they stand in the file. Bank accounts and identity card
numbers have no column: such cells are left out and named in the preview.
"""

from django.utils.translation import gettext_lazy as _

from matchmaking.intake.importing import Column

_CHOICE = _("Choose from the list, or write code or name.")
_CHOICES = _("Several entries are possible, separated by 、; write codes or names.")
_NEVER = _("Stored encrypted, never published.")

COLUMNS = (
    Column("public_no", "专家编号", _("Leave it empty for a new expert; the portal gives the number. With a number, "
           "the row changes that entry."), "", ("编号", "专家号", "平台编号"), width=17),
    Column("name", "姓名", _("One person a row. Without number and e-mail, a row with the name of one of your experts "
           "changes that entry."), "张三", ("专家姓名", "名字"), required=True, width=12),
    Column("organisation", "工作单位", _("Your own unit (or empty), or 独立专家 for a retired or independent person, "
           "whose entry no unit has to agree to."), "",
           ("单位", "所在单位", "工作单位名称", "单位名称"), width=26),
    Column("title", "职称", _CHOICE, "正高级", ("专业技术职称", "专业技术职务", "职称级别"), required=True,
           table="TITLE", width=14),
    Column("position", "职务", _("At most 60 characters."), "实验室主任", ("行政职务", "担任职务"), width=16),
    Column("education", "学历学位", _CHOICE, "博士", ("学历", "学位", "最高学历", "学历/学位"), required=True,
           table="EDU", width=12),
    Column("gender", "性别", _("男 or 女. Never published."), "", ("专家性别",), private=True, width=8),
    Column("birth_year", "出生年份", _("Four digits. Never published."), "", ("出生年", "出生年月", "出生日期"),
           private=True, width=12),
    Column("expert_kinds", "专家类型", _CHOICES, "技术专家、管理专家", ("类型", "专家类别", "类别"), required=True,
           many=True, table="EXPERT_KIND", width=18),
    Column("tech_fields", "专业领域", _("At most five, separated by 、; write codes or names."),
           "0804 先进制造工艺与装备、0801", ("技术领域", "高新技术领域", "所属领域", "从事领域"), required=True,
           many=True, table="HNTE8", width=28),
    Column("disciplines", "学科", _CHOICES, "460 机械、430", ("所属学科", "学科专业", "一级学科"), required=True,
           many=True, table="GB13745", width=22),
    Column("industries", "行业经验", _("Where the expert has practice; several, separated by 、."), "35、37",
           ("行业", "熟悉行业", "服务行业"), required=True, many=True, table="GB4754", width=22),
    Column("directions", "研究方向", _("By these words the expert is found and matched; at most 600 characters."),
           "涡流阵列无损检测、缺陷分级、残余应力", ("主要研究方向", "研究领域", "专长", "擅长领域"), required=True,
           width=44, keeps_lines=True),
    Column("works", "代表成果", _("One a line, at most ten: kind, title, year in brackets. At least one is needed "
           "before the region admits the expert."),
           "论文：涡流阵列检测方法研究（2022）\n专利：一种叶片缺陷检测装置（2021）",
           ("代表性成果", "主要成果", "代表作", "主要业绩"), width=44, keeps_lines=True),
    Column("services", "服务意向", _CHOICES, "需求诊断、评审", ("可提供服务", "服务内容", "服务方式"), required=True,
           many=True, table="EXPERT_SERVICE", width=22),
    Column("regions", "可服务地区", _("Provinces or cities, separated by 、; 全国 for everywhere."), "江苏、山东",
           ("服务地区", "服务区域", "可服务区域"), many=True, width=20),
    Column("term_from", "任期起", _("Year, month and day."), "2026-09-01", ("任期开始", "聘期起", "任期开始日期"),
           required=True, width=14),
    Column("term_to", "任期止", _("Year, month and day; on the day after, the expert leaves the pool."), "2029-08-31",
           ("任期结束", "聘期止", "任期结束日期"), required=True, width=14),
    Column("conflicts", "回避单位", _("Organisations the expert must not judge or answer, by full name as registered, "
           "separated by 、; 无 if there is none."), "", ("需回避单位", "利益相关单位"), many=True, width=28),
    Column("contact_phone", "联系电话", _NEVER, "025-80000000", ("电话", "手机", "手机号", "联系方式"), private=True,
           width=16),
    Column("contact_email", "电子邮箱", _("Stored encrypted. The person is asked for consent at this address."),
           "zhangsan@example.edu.cn", ("邮箱", "email", "e-mail", "联系邮箱"), required=True, private=True, width=26),
)  # fmt: skip
