"""The words reports use for the figures of the form, as tokens in the order they stand in a text.

A token says what kind of word it is and what it stands for; ``reading`` reads a number by the tokens around it.
Longer and narrower wordings stand before the wider ones they contain.
"""

# ruff: noqa: E501  # one wording a line reads better than a wording folded
from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import NamedTuple

TOPIC, VERB, RESULT, APPLICANT, RULING, STOCK, RATE, CARRIED = (
    "topic", "verb", "result", "applicant", "ruling", "stock", "rate", "carried",
)  # fmt: skip
LAST_YEAR, UP, DOWN, COMPARED, SHARE, PART, YEAR, PERIOD, SUBSET, CHANNEL, SCOPE, OTHER, MANY, EACH, STATE = (
    "last_year", "up", "down", "compared", "share", "part", "year", "period", "subset", "channel", "scope", "other",
    "many", "each", "state",
)  # fmt: skip

APPLICATIONS, REVIEW, SUIT, DIRECT, AFTER = "applications", "review", "suits", "suit_direct", "suit_after_review"
NORMATIVE, REGULATIONS, FEES = "normative_documents", "regulations", "fees_10k_yuan"
LICENSING, PENALTIES, COERCIVE = "licensing", "penalties", "coercive_measures"
DOCUMENTS, DECISIONS, DISPUTES = (
    (NORMATIVE, REGULATIONS),
    (LICENSING, PENALTIES, COERCIVE),
    (REVIEW, SUIT, DIRECT, AFTER),
)

NARROWER, WHOLE, WIDER, PARTS = "narrower", "whole", "wider", "parts"

_BODY_DOES = "(?=[^，。；、]{0,14}(?:收到|受理|办理|办结|答复|接到|接收|新收|收办|制发|制定|印发|出台|废止|被|发生))"
_AREA = "[县区市省州旗]"

_WORDS: tuple[tuple[str, str, str], ...] = (
    # words that only look like others
    ("", "", r"未经审查|政府信息公开(?:指南|目录|平台|专栏|栏目|工作|制度|条例|领域|考核|内容|渠道|机构|年度报告|年报)|依申请公开(?:制度|答复书|流程|渠道)"),
    (CHANNEL, "", r"信件(?=申请)|快递|邮递|来信(?=申请)"),
    # topics that are none of the form's
    (OTHER, "", r"信息处理费|(?:人大)?(?:代表)?(?:建议|议案)|(?:政协)?(?:委员)?提案|留言|来信|信箱|信件(?!\d)|来电|来访|咨询|热线|工单|诉求|网民|我为政府网站找错"
                r"|投诉举报(?!类)|举报投诉(?!类)|信访投诉(?!类)|信访(?:事项|件|案件)|规章制度|行政审批(?:中介)?|行政许可事项清单|新闻|解读|图解|培训|会议|例会|常务会|公报|预算|决算"
                r"|民生(?:实事|事项)|好差评|评议|问卷|问题|账号|检查|巡查|监测|整改|错敏|链接|栏目|专栏|双公示|行政检查|服务事项|权责|清单|民事|刑事|信用|办件|服务大厅|政务服务|便民|公文|发文|收文|来文|认证|登记"
                r"|(?:行政)?应诉|行政执法(?!案卷)|行政裁决|行政确认|行政给付|行政征收|行政奖励|执法监督|执法人员|旁听|提请审议"),
    # results of applications, the narrower first
    (RESULT, "results.refused.state_secret", r"(?:属于|涉及)?国家秘密"),
    (RESULT, "results.refused.prohibited_by_law", r"(?:其他)?法律[、和及]?(?:行政)?法规[^，。；、]{0,4}禁止公开"),
    (RESULT, "results.refused.public_safety", r'危及[“"]?三安全一稳定[”"]?|(?:“|")?三安全一稳定[”"]?|危及国家安全[^，。；]{0,20}稳定'),
    (RESULT, "results.refused.third_party_rights", r"(?:保护|涉及|损害|侵害)?第三方(?:的)?(?:合法)?权益"),
    (RESULT, "results.refused.internal_affairs", r"(?:属于|涉及)?(?:三类)?内部(?:管理)?事务(?:信息|类)?"),
    (RESULT, "results.refused.deliberative_process", r"(?:属于|涉及)?(?:四类)?过程性性?(?:信息|文件)?"),
    (RESULT, "results.refused.enforcement_file", r"(?:属于|涉及)?(?:行政)?执法案卷(?:信息)?"),
    (RESULT, "results.refused.administrative_query", r"(?:属于|涉及)?行政查询(?:事项)?"),
    (RESULT, "results.not_available.not_held", r"(?:本(?:机关|单位|局|办|级|委|镇|街道)|我(?:局|办|委|单位|镇))?(?:均)?(?:不掌握|未掌握|不持有)(?:相关|该|所申请)?的?(?:政府)?(?:信息)?"),
    (RESULT, "results.not_available.needs_creation", r"(?:没有|无)现成信息(?:[，、]?需要?另行制作)?|需要?(?:另行制作|加工分析)"),
    (RESULT, "results.not_available.still_unclear", r"补正后(?:申请)?(?:内容)?仍?(?:然)?不(?:明确|清)|内容仍不明确"),
    (RESULT, "results.not_processed.complaint", r"信访[、和]?举报[、和]?投诉(?:类)?(?:申请|事项)?|信访(?:举报|投诉)*类(?:申请|事项)?|属于?信访(?:类)?(?:的)?"),
    (RESULT, "results.not_processed.repeated", r"重复申请(?:的)?"),
    (RESULT, "results.not_processed.publication", r"(?:要求)?(?:提供)?公开出版物"),
    (RESULT, "results.not_processed.excessive", r"(?:无正当理由)?大量[、]?反复申请"),
    (RESULT, "results.not_processed.reconfirmation", r"(?:要求)?(?:行政机关)?确认或(?:者)?重新出具[^，。；、]{0,10}"),
    (RESULT, "results.closed_otherwise.not_clarified", r"(?:申请人)?(?:无正当理由)?逾期(?:不|未)补正(?:[^，。；\d]{0,3}行政机关)?(?:不再处理)?[^，。；、\d]{0,12}?"),
    (RESULT, "results.closed_otherwise.fee_unpaid", r"(?:申请人)?逾期(?:不|未)[^，。；、\d]{0,10}?(?:缴纳费用|缴费|交费)"),
    (RESULT, "results.granted+results.granted_in_part", r"(?:予以|同意|全部)?公开(?:或者?|和|及|、|与)部分公开|全部或者?部分公开"),
    (RESULT, "results.refused", r"不予公开|(?:决定)?不公开"),
    (RESULT, "results.granted_in_part", r"(?:予以|同意)?部分公开"),
    (RESULT, "results.granted", r"予以(?:全部)?公开|同意公开"),
    (RESULT, "granted?", r"全部公开|全文公开|依法公开"),
    (RESULT, "results.not_available", r"无法提供"),
    (RESULT, "results.not_processed", r"不予处理"),
    (RESULT, "results.closed_otherwise", r"其他(?:方式|情形)?处理"),
    # rates
    (RATE, "", r"(?:按时|按期|及时|限时|依法|主动|信息|政务|应|全)(?:办结|办理|答复|回复|反馈|公开|办复)率|(?:答复|回复|办复|满意|合格|覆盖|更新|达标|响应|反馈|知晓|参与)率"),
    (RATE, "stats/handling_rate", r"办结率"),
    (RATE, "stats/disclosure_rate", r"公开率"),
    (RATE, "stats/correction", r"(?:被)?(?:纠错|纠正|败诉)率"),
    (RATE, "stats/carry_over_rate", r"结转率"),
    (SHARE, "", r"占比|占(?:办结|答复|申请|收到|受理|办理|全部|全年)?(?:总数|总量|总计|数|结果|案件)?(?:的)?"),
    # disputes
    (TOPIC, DIRECT, r"(?:未经(?:行政)?复议)?(?:而)?直接(?:提?起诉|提起(?:行政)?诉讼)|未经(?:行政)?复议(?:的|案件)?"),
    (TOPIC, AFTER, r"(?:先?经(?:过)?)?(?:行政)?复议(?:之)?后(?:再|又)?(?:提?起诉|提起(?:行政)?诉讼)(?:的)?"),
    (TOPIC, REVIEW, r"(?:被)?(?:申请|提起|提出|被申请|被提起)?(?:行政)?复议(?:案件|申请|案)?(?!机关|机构|决定|意见|建议|委员会|局|法|工作)"),
    (TOPIC, SUIT, r"(?:被)?(?:提起|提出)?行政诉讼(?:案件|案)?|(?:被)?(?:提起)?诉讼(?:案件|案)?|被诉(?:案件)?|被起诉|行政诉讼"),
    (RULING, "upheld", r"(?:结果)?(?:为)?(?:予以)?维持(?:原(?:具体)?行政行为)?"),
    (RULING, "corrected", r"(?:结果)?(?:为)?(?:被)?(?:予以)?纠(?:正|错)(?:的)?"),
    (RULING, "", r"败诉|胜诉|撤诉|撤回|驳回|撤销|终止|和解|审结(?<!未审结)|已结|结案|变更|确认违法|责令"),
    (RULING, "pending", r"(?:尚未|暂未|未)(?:审|办)?结|正在审理(?:中)?|审理中|在审"),
    (RULING, "other", r"其他(?:审理)?结果|结果(?:为)?其他"),
    (VERB, "registered", r"备案|立案"),
    # applications
    (TOPIC, APPLICATIONS, r"(?:政府|政务)?(?:信息)?依申请公开(?:的)?(?:政府)?(?:信息)?(?:申请)?(?:事项|信件|件|信息)?(?:工作|情况|方面)?"
                          r"|依申请(?:公开)?(?:政府信息)?(?:公开)?(?:申请)?(?:事项|件|信息)?"
                          r"|(?:政府|政务)?(?:信息)?公开(?:的)?申请(?!行政复议|复议|人|表)(?:件|事项|信息)?"
                          r"|申请(?:公开)(?:的)?(?:政府)?(?:信息)?(?:的)?(?:事项)?"
                          r"|申请(?<=[到理收的结复份件，。、；：（人业织构 ]申请)(?!人|表|行政复议|复议|提起|诉讼|登记|救助|补)(?:件|事项)?"),
    (CARRIED, "carried_out", r"(?:均)?(?:按规定)?(?:结转|转入|顺延|转结)(?:至|到|入)?(?:20\d\d年度?|下一?年度?|次年度?|明年)(?:度)?(?:继续)?(?:办理|答复|处理)?|下一?年度?(?:继续)?结转"),
    (CARRIED, "carried_in", r"(?:含)?(?:20\d\d年度?|上一?年度?|去年|往年)(?:度)?(?:未(?:办|答)[^，。；\d]{0,3})?(?:结转|转入|转结)(?:而来|办理|过来)?(?:的)?(?:政府信息公开)?(?:申请)?|结转自?(?:上一?年度?|去年)(?:度)?(?:的)?"
                           r"|(?:上一?年度?|去年)未(?:办结|答复)"),
    (CARRIED, "", r"结转"),
    (VERB, "new", r"新收到?|新增收?|新受理|新接收|新发生|新提起|新立案"),
    (VERB, "to_handle", r"应当?办(?:理)?|需要?办理?|须办理?|待办(?:理)?"),
    (VERB, "got", r"收到|接到|接收|收悉|接获|所收(?:到)?|共收"),
    (VERB, "passed_on", r"(?:不予|未予|不|未)受理"),
    (VERB, "accepted", r"受理|收办|承办|办理(?!完|结果)"),
    (VERB, "answered", r"(?:答复|回复)(?!书|函|意见)"),
    (VERB, "handled", r"办结|办理完(?:毕|成|结)|办复|办毕|完结"),
    (VERB, "passed_on", r"转办|交办|协助|协调|指导|会商|代办|转送|移送|审核|把关"),
    (APPLICANT, "natural_person", r"自然人|公民(?:个人)?(?!、|，|和)|个人(?!隐私|信息|所得)"),
    (APPLICANT, "", r"法人(?:和|或|或者|及|、|与)?其他(?:社会)?组织|法人"),
    (APPLICANT, "commercial", r"(?:商业)?企业"),
    (APPLICANT, "research", r"科研机构"),
    (APPLICANT, "nonprofit", r"(?:社会)?公益(?:性)?组织"),
    (APPLICANT, "legal_service", r"法律服务机构|律师事务所"),
    # section two
    (TOPIC, NORMATIVE, r"(?:行政)?规范性文件"),
    (TOPIC, REGULATIONS, r"(?:政府|地方(?:政府)?)?规章"),
    (TOPIC, LICENSING, r"行政许可(?:类)?(?:处理)?(?:决定)?|许可决定"),
    (TOPIC, PENALTIES, r"行政处罚(?:类)?(?:处理)?(?:决定)?|处罚决定"),
    (TOPIC, COERCIVE, r"行政强制(?:类)?(?:措施)?(?:处理)?(?:决定)?"),
    (TOPIC, FEES, r"行政事业性?收费"),
    (STOCK, "in_force", r"现行(?:继续)?有效|继续有效|仍(?:然)?有效"),
    (STOCK, "repealed", r"(?:宣布)?(?:废止)(?:和|、|及|或)?(?:宣布)?(?:失效)?|(?:宣布)?失效(?:和|、|及|或)废止"),
    (STOCK, "", r"修订|修改|修正|清理|备案|保留|失效|拟|合法性审(?:查|核)|征求意见|起草|发布|公布|报备|归集"),
    (STOCK, "issued", r"(?:新)?(?:制发|制定|出台|印发|新增)(?:印发|出台|发布|并公开|公布)?"),
    # comparison
    (COMPARED, "", r"同比|(?:较|与|比|相较于?|相比于?)(?:上一?年度?|去年|20\d\d年度?)(?:度)?(?:同期)?(?:相比)?(?=[^的\d]{0,6}?(?:增|减|上升|下降|提高|降低|多|少|持平|基本|大幅|略|明显|有所|，|同))"),
    (OTHER, "", r"环比"),
    (LAST_YEAR, "", r"(?:上一?年度?|去年)(?:度)?(?:同期)?(?:的|为)?"),
    (UP, "", r"[增升涨]幅|增长(?:了)?|增加(?:了)?|上升(?:了)?|提高(?:了)?|提升(?:了)?|多(?:了|出)?(?=\d)"),
    (DOWN, "", r"[降减跌]幅|减少(?:了)?|下降(?:了)?|降低(?:了)?|回落(?:了)?|减(?=\d)|少(?:了)?(?=\d)"),
    (PERIOD, "", r"上半年|下半年|[一二三四]季度|\d{1,2}[-—至]\d{1,2}月|\d{1,2}月(?!\d{1,2}日(?:止|，|。))(?!31日)|以来|每[年季月周]|近[一二三四五两几]年|历年|[平人户日月]均|累计(?!收到|受理)"),
    (YEAR, "", r"20\d\d(?=年)"),
    # scope
    (SCOPE, WHOLE, rf"全{_AREA}(?!系统)|全镇|全系统|全局|各级(?:各部门|行政机关|政府)|我{_AREA}(?!政府)|全市[县区]?"),
    (SCOPE, NARROWER, rf"(?:{_AREA}|人民)?政府办(?:公室|公厅)?{_BODY_DOES}|(?:代表)?{_AREA}(?<![各本].)(?:人民)?政府(?!办|信息|网|门户|部门|公报|令|规章|各部门){_BODY_DOES}"
                      rf"|代表{_AREA}(?:人民)?政府|{_AREA}?本级|以[^，。；]{{1,14}}名义|{_AREA}级部门|市直|县直|区直|省直"),
    (SCOPE, PARTS, rf"(?:下属|局属|直属|二级)(?:各)?(?:单位|机构)|分局|各?科室|某[局镇乡委办]|(?:各|个)?(?:乡镇|镇街(?!道)|街道办事处|县区|县（市、区）|县市区|区县|职能部门|成员单位){_BODY_DOES}"),
    (SCOPE, "body", r"[\u4e00-\u9fff]{2,14}?(?:局|委员会|委|厅|镇|乡|街道)(?=(?:全年|共|累计|本年度|今年|年内)*(?:收到|受理|办理|新收|答复|办结|接到|制发|制定|出台|印发))"),
    # parts of a whole
    (PART, "", r"其中|包括|包含|涵盖|分别为|分别是|分别来自|分为|具体为|主要为|主要是|含(?!上)"),
    (SUBSET, "", r"涉及|关于|有关|主要集中|[\u4e00-\u9fff]{2,6}(?:类|方面|领域)(?=的?(?:政府信息公开)?申请)"),
    (CHANNEL, "", r"政府网站|门户网站|网站|新媒体|微信|公众号|微博|抖音|客户端|公示栏|公告栏|公开栏|宣传栏|公报|媒体|报纸|广播|电视|渠道|平台|电子屏"
                  r"|网络|网上|线上|在线|互联网|信函|邮寄|邮件|邮箱|纸质|书面|口头|传真|当面|现场|窗口|来函|电话|查阅点|专区"),
    (OTHER, "", r"(?:政府|政务|各类|动态|有效)?信息(?!公开申请|公开的申请)(?:公开)?"),
    (OTHER, "", r"事项|业务|案件|材料|稿件|文章|文件"),
    (MANY, "", r"各类|各种|多种|等(?:方式|渠道|途径|形式)?"),
    (EACH, "", r"各(?=\d|[一二两三四五六七八九十])"),
)  # fmt: skip


class Token(NamedTuple):
    """A word of a text: what kind, what it stands for, from where to where."""

    kind: str
    code: str
    start: int
    end: int


def _parted(pattern: str) -> Iterator[str]:
    """A pattern without its outermost |."""
    depth, start, inside = 0, 0, False
    for at, character in enumerate(pattern):
        if character in "[]":
            inside = character == "["
        elif not inside:
            depth += (character == "(") - (character == ")")
            if character == "|" and not depth:
                yield pattern[start:at]
                start = at + 1
    yield pattern[start:]


_OPTIONAL_OR_NOT = r"(?P<optional>\??)(?![*+{])"
_LEADING = re.compile(
    rf"(?:\(\?:(?P<group>(?:[^()]|\((?:[^()]|\([^()]*\))*\))+)\)|\[(?P<letters>\w+)\]|(?P<letter>\w)(?=\?)){_OPTIONAL_OR_NOT}"
)


def _alternatives(pattern: str) -> Iterator[str]:
    """The alternatives of a pattern, each with its first letter in front where it has one: (?:被)?诉|起诉 is 被诉, 诉, 起诉."""
    for alternative in _parted(pattern):
        if leading := _LEADING.match(alternative):
            rest = alternative[leading.end() :]
            for one in _parted(leading["group"] or leading["letter"] or "|".join(leading["letters"])):
                yield from _alternatives(one + rest)
            if leading["optional"]:
                yield from _alternatives(rest)
        else:
            yield alternative


def _letter(word: tuple[str, str, str]) -> str:
    """The letter a word begins with; "" where it may begin with many."""
    return word[2][0] if word[2][0].isalnum() else ""


def _pattern(words: Iterable[tuple[str, str, str]]) -> str:
    """Words sorted by letter as one pattern, which passes over a text at the letters that begin none of them. An empty
    group behind each word tells which one it was."""
    behind = {letter: [word[2][len(letter) :] for word in own] for letter, own in groupby(words, _letter)}
    one = "|".join(f"{letter}(?:{'|'.join(f'{rest}()' for rest in rests)})" for letter, rests in behind.items())
    return one if "" in behind else f"(?=[{''.join(behind)}])(?:{one})"


# a word is tried before those behind it, but only those with the same first letter can be its rivals
_OPENED = ((kind, code, alternative) for kind, code, pattern in _WORDS for alternative in _alternatives(pattern))
_SORTED = [sorted(words, key=_letter) for _, words in groupby(_OPENED, lambda word: bool(_letter(word)))]
_FOUND = [(kind, code) for words in _SORTED for kind, code, _ in words]
_TOKEN = re.compile("|".join(map(_pattern, _SORTED)))


def tokens(text: str) -> Iterator[Token]:
    """The words of a text that bear on its figures, from left to right, none overlapping another."""
    for match in _TOKEN.finditer(text):
        kind, code = _FOUND[int(match.lastindex or 0) - 1]
        if kind and match.end() > match.start():
            yield Token(kind, code, *match.span())
