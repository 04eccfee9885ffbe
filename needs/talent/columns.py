"""The columns of a workbook of talent posts. Headings and examples are Chinese, because they stand in the file."""

from dataclasses import replace

from django.utils.translation import gettext_lazy as _

from matchmaking.intake.importing import Column
from needs.importing.columns import NEED_COLUMNS

_CHOICE = _("Choose from the list, or write code or name.")
_SHARED = {column.name: column for column in NEED_COLUMNS}

COLUMNS = (
    Column("public_no", "岗位编号", _("Leave it empty for a new post; the portal gives the number. With a number, "
           "the row changes that record."), "", ("编号", "岗位号", "平台编号"), width=17),
    _SHARED["enterprise"],
    Column("title", "岗位名称", _("The name, at most 60 characters. Without a number, a row with exactly the name "
           "of one of your posts changes that post."), "无损检测方向科技副总", ("名称", "岗位", "职位名称", "需求岗位"),
           required=True, width=30),
    Column("post_kind", "岗位类别", _CHOICE, "科技副总", ("类别", "岗位类型", "类型"), required=True, table="POST_KIND",
           width=18),
    Column("headcount", "人数", _("How many people, 1 to 500."), "1", ("需求人数", "招聘人数", "拟聘人数"),
           required=True, width=8),
    Column("tech_field", "技术方向", _CHOICE, "0804 先进制造工艺与装备", ("技术领域", "所属领域", "所属技术领域"),
           required=True, table="HNTE8", width=26),
    Column("duties", "职责任务", _("What the person does, at most 1,000 characters."),
           "牵头在线检测产线的论证与建设，指导两名工程师", ("岗位职责", "工作职责", "主要任务", "工作内容"),
           required=True, width=42, keeps_lines=True),
    Column("education", "学历要求", _("The lowest degree that is asked for."), "博士", ("学历", "最低学历"),
           required=True, table="EDU", width=12),
    Column("professional_title", "职称要求", _("The lowest title that is asked for."), "副高级", ("职称",),
           table="TITLE", width=12),
    Column("disciplines", "专业要求", _("Several entries are possible, separated by 、; write codes or names."),
           "460 机械、430", ("专业", "学科", "学科专业"), many=True, table="GB13745", width=22),
    Column("requirements", "其他任职条件", _("At most 1,000 characters."), "有五年以上无损检测研究经历",
           ("任职条件", "任职要求", "其他条件", "岗位要求"), required=True, width=36, keeps_lines=True),
    Column("term_months", "服务期限", _("In months, 1 to 60: 24, 24个月 and 2年 mean the same."), "24",
           ("聘期", "服务时间", "期限"), required=True, unit="月", width=12),
    Column("attendance", "在岗方式", _CHOICE, "每周若干天", ("到岗方式", "工作方式"), required=True, table="ATTENDANCE",
           width=14),
    Column("days_per_week", "每周天数", _("1 to 5; only with 每周若干天."), "2", ("每周在岗天数",), width=10),
    Column("pay_band", "薪酬区间", _("Choose from the list; per person and year."), "每年10万—20万元",
           ("薪酬档次", "报酬", "薪酬", "年薪", "待遇", "报酬与保障"), required=True,
           table="PAY_BAND", width=18),
    Column("pay_details", "薪酬说明", _("At most 300 characters."), "", ("报酬说明", "待遇说明"), width=24),
    Column("housing", "住房保障", _("At most 200 characters; 不提供 if none."), "提供人才公寓", ("住房",),
           required=True, width=18),
    Column("insurance", "保险保障", _("At most 200 characters; 不提供 if none."), "购买意外保险",
           ("保险", "社会保险"), required=True, width=18),
    Column("expected_output", "预期成果", _("At most 600 characters."),
           "建成示范产线一条，申请发明专利两件", ("预期目标", "工作目标", "考核目标"), required=True,
           width=30, keeps_lines=True),
    Column("tech_need", "关联技术需求", _("The number of one of your technical needs, for example XQ-2026-000012."),
           "", ("关联需求", "需求编号", "对应需求"), width=20),
    Column("mentor", "企业导师", _("At most 100 characters."), "李工", ("导师", "企业导师姓名"), width=14),
    replace(_SHARED["open_until"], heading="报名截止", synonyms=("报名截止日期", "截止日期", "截止时间", "有效期至"),
            note=_("Year, month and day; until then people may apply.")),
    *(_SHARED[name] for name in ("visibility", "invited", "secret", "contact_name", "contact_position",
                                 "contact_phone", "contact_email")),
)  # fmt: skip
