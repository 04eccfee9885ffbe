"""Fictional names. None of these places, schools or firms exists; the prefixes are invented for this purpose."""

import random
from collections.abc import Iterator

PLACES = ("岚川", "澄陵", "云渚", "沅岭", "溟州", "霁江", "朔泽", "苍浦", "绾溪", "泷原", "珩山", "翠屿", "砚湖",
          "彤岭", "翎江", "琅浦", "汐川", "皋陵", "霖泽", "榆屿")  # fmt: skip
SCHOOLS = ("理工大学", "工业大学", "科技大学", "大学", "农林大学", "医科大学", "交通职业技术学院", "师范学院")
INSTITUTES = ("材料研究院", "能源技术研究所", "生物工程研究所", "智能装备研究院", "环境科学研究所")
NEW_INSTITUTES = ("先进制造创新研究院", "未来能源联合研究院")
FIRM_MARKS = ("启砚", "瑞衡", "赤霄", "沐桐", "弘蔚", "柏澜", "辰曜", "谷禾", "泓远", "卓砺", "衍川", "禾盾", "朗彻",
              "钧泽", "翰垒", "明榉", "星槎", "广燧", "素璞", "承橡", "霁云", "万筑", "金桨", "青垣", "海砺", "丰穗",
              "铭砂", "灵澈", "度衡", "岭牧")  # fmt: skip
FIRM_FORMS = ("有限公司", "股份有限公司", "科技有限公司")
# Wording of a firm's trade by two-digit division of GB/T 4754.
TRADES = {
    "13": "农产品加工", "14": "食品", "15": "饮品", "17": "纺织", "22": "纸业", "26": "化工材料", "27": "制药",
    "28": "化纤", "29": "橡塑制品", "30": "建材", "31": "钢铁", "32": "有色金属", "33": "金属制品", "34": "通用设备",
    "35": "专用设备", "36": "汽车零部件", "37": "航空部件", "38": "电气设备", "39": "电子", "40": "仪器仪表",
    "42": "资源再生", "44": "能源", "46": "水务", "48": "工程建设", "54": "物流", "59": "仓储", "64": "互联网服务",
    "65": "软件", "73": "研发服务", "74": "技术服务", "77": "环境治理", "01": "种业", "03": "牧业",
}  # fmt: skip
SURNAMES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜"
GIVEN = ("思源", "文博", "雨桐", "嘉言", "明哲", "静仪", "子衡", "若溪", "景行", "一鸣", "书瑶", "泽宇", "安澜", "知远",
         "慧敏", "建平", "国栋", "丽华", "志远", "晓岚", "海涛", "玉洁", "振宇", "春燕")  # fmt: skip


def firm_names(rng: random.Random, trades: list[str]) -> Iterator[str]:
    """Yield firm names without end, each once; `trades` are divisions of GB/T 4754, taken in turn."""
    seen: set[str] = set()
    number = 0
    while True:
        trade = TRADES.get(trades[number % len(trades)], "实业")
        name = f"{rng.choice(PLACES)}{rng.choice(FIRM_MARKS)}{trade}{rng.choice(FIRM_FORMS)}"
        number += 1
        if name not in seen:
            seen.add(name)
            yield name


def school_names(count: int) -> list[str]:
    """Return `count` different school names."""
    every = [f"{place}{form}" for form in SCHOOLS for place in PLACES]
    return every[:count]


def person_name(rng: random.Random) -> str:
    return rng.choice(SURNAMES) + rng.choice(GIVEN)
