"""The columns of a workbook of organisations. Headings and examples are Chinese, because they stand in the file."""

from django.utils.translation import gettext_lazy as _

from matchmaking.intake.importing import Column

_CHOICE = _("Choose from the list, or write code or name.")
_SEALED = _("Stored encrypted, never public.")

COLUMNS = (
    Column("name", "单位名称", _("As on the licence, at most 200 characters."), "示例精密机械有限公司",
           ("名称", "企业名称", "机构名称", "单位", "企业"), required=True, width=32),
    Column("aliases", "曾用名/别名", _("Former and short names, separated by 、."), "示例精机",
           ("曾用名", "别名", "简称", "其他名称"), many=True, width=22),
    Column("uscc", "统一社会信用代码", _("18 characters. A row with the code or the name of an organisation that "
           "is registered already does not enter it again."), "",
           ("信用代码", "社会信用代码", "机构代码", "统一信用代码"), required=True, width=24),
    Column("kind", "单位类型", _("Choose from the list. Departments and national bodies are entered by the "
           "secretariat on its page."), "企业", ("类型", "机构类型", "单位性质"), required=True,
           table="ORG_KIND", width=16),
    Column("region", "所在省市", _("Province or city; empty means the region of your department."), "",
           ("省市", "地区", "所在地区", "所在地", "省份", "所在省"), width=14),
    Column("size", "企业规模", _("Needed for an enterprise before it can be verified."), "中型", ("规模",),
           table="SIZE", width=12),
    Column("above_scale", "是否规上", _("是 or 否."), "是", ("规上企业", "是否规上企业"), width=10),
    Column("industry", "行业", _("Needed for an enterprise before it can be verified."), "35",
           ("所属行业", "国民经济行业"), table="GB4754", width=20),
    Column("qualifications", "企业资质", _("One qualification a line: name, number, valid until."),
           "高新技术企业，GR202600000001，有效期至2028-12-31\n专精特新中小企业", ("资质", "资质荣誉", "企业称号"),
           many=True, width=34, keeps_lines=True),
    Column("university_kinds", "高校类别", _("Needed for a university before it can be verified; several, "
           "separated by 、."), "", ("学校类别", "高校类型"), many=True, table="UNI_KIND", width=20),
    Column("park", "所在园区", _("By full name as registered in the portal."), "", ("园区", "所属园区"), width=22),
    Column("supervisor", "隶属主管", _("At most 200 characters."), "", ("主管部门", "主管单位", "隶属"), width=20),
    Column("name_en", "英文名称", _("At most 200 characters."), "", ("英文名",), width=22),
    Column("summary", "单位简介", _("At most 500 characters."), "", ("简介", "企业简介", "机构简介"), width=36),
    Column("contact_name", "联系人", _SEALED, "王工", ("联系人姓名",), private=True, width=12),
    Column("contact_position", "联系人职务", _SEALED, "办公室主任", ("职务",), private=True, width=14),
    Column("contact_phone", "联系电话", _SEALED, "025-80000000", ("电话", "手机", "联系方式"), private=True, width=16),
    Column("contact_email", "电子邮箱", _SEALED, "office@example.com", ("邮箱", "email", "e-mail"), private=True,
           width=24),
)  # fmt: skip
