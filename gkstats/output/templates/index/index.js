// What the table of bodies is made of. Texts of reports go onto the page as text, never as HTML.
const { kinds: order, rows } = JSON.parse(document.getElementById("data").textContent);

const make = (tag, text, more = {}) => Object.assign(document.createElement(tag), { textContent: text }, more);
const unknownLast = (sign) => (a, b) => {
  if (a === null || b === null) return (a === null) - (b === null);
  return sign * (a - b);
};
DataTable.ext.type.order["ranked-asc"] = unknownLast(1);
DataTable.ext.type.order["ranked-desc"] = unknownLast(-1);
const { compare } = new Intl.Collator("zh-CN", { numeric: true });
DataTable.ext.type.order["chinese-asc"] = compare;
DataTable.ext.type.order["chinese-desc"] = (a, b) => compare(b, a);

const show = (nodes) => {
  const cell = document.createDocumentFragment();
  cell.append(...nodes);
  return cell;
};
const kinds = {
  name: {
    type: "chinese",
    className: "name",
    columnControl: [{ target: 1, content: [{ extend: "searchText", placeholder: "名称" }] }],
    render: ([name, link], kind) =>
      kind === "display" ? (link ? make("a", name, { href: link }) : make("span", name)) : name,
  },
  code: {
    type: "string",
    columnControl: [{ target: 1, content: [{ extend: "searchText", placeholder: "代码" }] }],
    render: (code, kind) => (kind === "display" ? make("span", code, { className: "code" }) : code),
  },
  outcome: {
    type: "chinese",
    columnControl: [
      { target: 1, content: [{ extend: "dropdown", icon: "search", text: "筛选", content: ["searchList"] }] },
    ],
    render: ([state, label, message], kind) =>
      kind === "display" ? make("span", label, { className: state, title: message }) : label,
  },
  count: {
    type: "num",
    className: "figure",
    orderSequence: ["desc", "asc", ""],
    columnControl: [{ target: 1, content: [{ extend: "searchNumber", placeholder: "" }] }],
    render: (count, kind) =>
      kind === "display" ? make("span", count || "", { className: count ? "some" : "" }) : count,
  },
  figure: {
    type: "ranked",
    className: "figure",
    orderSequence: ["desc", "asc", ""],
    columnControl: [{ target: 1, content: [{ extend: "searchNumber", placeholder: "" }] }],
    render: ([number, text], kind) =>
      kind === "display" ? make("span", text, { className: number === null ? "unranked" : "" }) : number,
  },
  files: {
    orderable: false,
    searchable: false,
    className: "files",
    render: (files, kind) => (kind === "display" ? show(files.map(([label, href]) => make("a", label, { href }))) : ""),
  },
};

new DataTable("#bodies", {
  data: rows,
  columns: order.map((kind, data) => ({ ...kinds[kind], data })),
  order: [],
  pageLength: 50,
  lengthMenu: [20, 50, 100, 500],
  autoWidth: false,
  layout: { topStart: ["search", { buttons: ["ccSearchClear"] }], topEnd: "pageLength", bottomStart: "info", bottomEnd: "paging" },
  language: {
    search: "查找",
    searchPlaceholder: "机关、代码、结果……",
    lengthMenu: "每页 _MENU_ 个",
    info: "第 _START_ 至 _END_ 个，共 _TOTAL_ 个",
    infoEmpty: "没有符合的机关",
    infoFiltered: "（全部 _MAX_ 个中）",
    zeroRecords: "没有符合的机关",
    emptyTable: "没有机关",
    thousands: "",
    aria: {
      orderable: "，点击排序",
      orderableReverse: "，点击倒序",
      orderableRemove: "，点击恢复原来的次序",
      paginate: { first: "首页", last: "末页", next: "下一页", previous: "上一页" },
    },
    columnControl: {
      dropdown: "筛选",
      searchClear: "清除",
      buttons: { searchClear: "清除筛选" },
      searchList: "",
      list: { all: "全选", none: "全不选", empty: "空白", search: "查找" },
      search: {
        text: {
          contains: "包含", notContains: "不包含", equal: "等于", notEqual: "不等于",
          starts: "开头是", ends: "结尾是", empty: "空白", notEmpty: "不空白",
        },
        number: {
          equal: "等于", notEqual: "不等于", greater: "大于", greaterOrEqual: "不小于",
          less: "小于", lessOrEqual: "不大于", empty: "空白", notEmpty: "不空白",
        },
      },
    },
  },
});
