"""The style of the page: light and dark, from a telephone's width to a wide screen, and paper."""

STYLE = """
:root {
  color-scheme: light dark;
  --page: #f5f6f8; --card: #fff; --text: #1b2430; --soft: #566170; --line: #dde2e9; --link: #1d4fc4;
  --add: #0f6b3c; --add-back: #e2f4ea; --change: #854a00; --change-back: #fcefdc; --move: #0b5f73;
  --move-back: #dcf1f5; --remove: #a81c1c; --remove-back: #fde7e7; --later: #3f4a9e; --later-back: #e8eafb;
  --flight: #6a2e9c; --flight-back: #f1e7fa; --used: #7b8798; --bar: #e6e9ef; --over: #5c0c0c;
  --more: #3b6fd6; --less: #2a9267;
}
@media screen and (prefers-color-scheme: dark) {
  :root {
    --page: #0f141a; --card: #171e27; --text: #e5eaf1; --soft: #9dabbd; --line: #2a3441; --link: #8ab4ff;
    --add: #7fdba6; --add-back: #12301f; --change: #f1bf79; --change-back: #362609; --move: #80d5e3;
    --move-back: #0d2d35; --remove: #ff9f9f; --remove-back: #3e1818; --later: #b3bbff; --later-back: #20264f;
    --flight: #d9b5ff; --flight-back: #2f1c4a; --used: #8593a6; --bar: #2a3441; --over: #f04747;
    --more: #7aa5f8; --less: #5cc79a;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; scroll-padding-top: 1rem; }
body {
  margin: 0; background: var(--page); color: var(--text); overflow-wrap: anywhere;
  font: 1rem/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", sans-serif;
}
main, footer { max-width: 66rem; margin: 0 auto; padding: 0 clamp(.875rem, 3vw, 2rem); }
main { display: grid; grid-template-columns: minmax(0, 1fr); gap: 1.25rem; padding-top: clamp(1.25rem, 4vw, 2.5rem); }
h1, h2, h3, h4, p, ul, dl, dd { margin: 0; padding: 0; }
ul { list-style: none; }
h1 { font-size: clamp(1.375rem, 1.1rem + 1.3vw, 1.6875rem); line-height: 1.25; letter-spacing: -.015em; }
h2 { font-size: 1.0625rem; line-height: 1.35; }
h3 { font-size: .9375rem; }
h4 { font-size: .9375rem; font-weight: 600; }
small { color: var(--soft); font-size: .875rem; font-weight: 400; }
a { color: var(--link); text-underline-offset: .15em; }
:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; border-radius: 3px; }
code { font: .8125rem/1.5 ui-monospace, "SF Mono", Menlo, Consolas, "Liberation Mono", monospace; }
code, b, strong, del, ins, a, span { unicode-bidi: isolate; }
li > code, article code { color: var(--soft); font-size: .75rem; }
article p + p, article dl + p, .note, .eyebrow { color: var(--soft); font-size: .875rem; }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
.number, .briefs, td, details, .chart { font-variant-numeric: tabular-nums; }

header { display: grid; gap: .5rem; }
.lead { color: var(--soft); }
.verdict { padding: .1rem .6rem; border-radius: 1rem; font-size: .875rem; }
.verdict.no { background: var(--remove); color: var(--card); }
.verdict.yes { background: var(--add-back); color: var(--add); }
.verdict.same { background: var(--bar); color: var(--text); }

.card, article { background: var(--card); border: 1px solid var(--line); border-radius: 10px; }
.card { padding: 1rem 1.25rem 1.125rem; }
.card > * + * { margin-top: .75rem; }
.alert { border-color: var(--remove); border-left-width: 5px; }
.danger { border-left: 5px solid var(--remove); }
.alert h2, .danger h2 { color: var(--remove); }
.briefs li { display: flex; flex-wrap: wrap; gap: 0 1rem; padding: .375rem 0; border-top: 1px solid var(--line); }
.briefs li > span:nth-child(2) { flex: 1 1 18rem; color: var(--soft); font-size: .9375rem; }
.briefs li > span:nth-child(3) { font-size: .875rem; }

.tiles {
  display: flex; flex-wrap: wrap; gap: 1px; overflow: hidden;
  background: var(--line); border: 1px solid var(--line); border-radius: 10px;
}
.tile { flex: 1 1 9rem; padding: .75rem 1.25rem; background: var(--card); }
.figures { margin-top: .75rem; }
.figures .tile { flex-basis: 15rem; }
.tile dt { font-size: .875rem; font-weight: 600; }
.tile .number { font-size: 1.5rem; font-weight: 650; line-height: 1.3; letter-spacing: -.01em; }
.tile .note { font-size: .8125rem; line-height: 1.4; }
.tile.none .number { color: var(--soft); font-weight: 400; }
.tile.add .number, .tile.create .number { color: var(--add); }
.tile.change .number { color: var(--change); }
.tile.remove .number, .tile.blocked .number { color: var(--remove); }
.tile.deferred .number { color: var(--later); }
.tile.flight .number { color: var(--flight); }
.plain { font-size: .9375rem; }
.plain li + li { margin-top: .25rem; }

.pair { display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 1.25rem; }
.chart { display: block; width: 100%; max-width: 30rem; height: auto; overflow: hidden; }
.chart text { fill: var(--text); font-size: 12px; dominant-baseline: central; }
.chart .amount { text-anchor: end; }
.chart .axis { stroke: var(--soft); }
.chart .limit { stroke: var(--text); stroke-width: 2; }
.left { fill: var(--bar); background: var(--bar); }
.used { fill: var(--used); background: var(--used); }
.planned { fill: var(--remove); background: var(--remove); }
.over { fill: var(--over); background: var(--over); }
.more { fill: var(--more); }
.less { fill: var(--less); }
.swatch { display: inline-block; width: .75rem; height: .75rem; margin-right: .5rem; border-radius: 3px; }
table { width: 100%; border-collapse: collapse; font-size: .875rem; }
caption { padding-bottom: .25rem; color: var(--soft); text-align: left; }
th, td { padding: .3125rem 0; border-top: 1px solid var(--line); text-align: left; font-weight: 400; }
td { text-align: right; white-space: nowrap; padding-left: 1rem; }
summary { cursor: pointer; }

.kind, article b {
  display: inline-block; padding: .0625rem .5rem; border-radius: 4px; font-size: .8125rem; font-weight: 600;
  background: var(--bar); color: var(--text); white-space: nowrap;
}
.kind.error { background: var(--remove); color: var(--card); }
.kind.warning, [data-kind=change] > b { background: var(--change-back); color: var(--change); }
[data-kind=add] > b, [data-kind=create] > b { background: var(--add-back); color: var(--add); }
[data-kind=transfer] > b { background: var(--move-back); color: var(--move); }
[data-kind=remove] > b { background: var(--remove-back); color: var(--remove); }
[data-kind=blocked] > b { background: var(--remove); color: var(--card); }
[data-kind=deferred] > b { background: var(--later-back); color: var(--later); }
[data-kind="in flight"] > b { background: var(--flight-back); color: var(--flight); }

.code summary code { padding: .05rem .35rem; border-radius: 4px; background: var(--bar); }
.code ul { margin: .5rem 0 .25rem; padding-left: 1rem; border-left: 2px solid var(--line); font-size: .9375rem; }
.code li + li { margin-top: .5rem; }

#actions { display: grid; grid-template-columns: minmax(0, 1fr); gap: .75rem; }
#tools { display: grid; grid-template-columns: minmax(0, 1fr) auto; gap: .5rem 1rem; align-items: center; }
#tools[hidden], li[hidden], article[hidden] { display: none; }
#tools > label { grid-column: 1 / -1; font-size: .875rem; font-weight: 600; }
#search {
  grid-column: 1 / -1; width: 100%; padding: .5rem .75rem; border: 1px solid var(--used); border-radius: 8px;
  background: var(--card); color: inherit; font: inherit;
}
#search::placeholder { color: var(--soft); opacity: 1; }
fieldset { display: flex; flex-wrap: wrap; gap: .375rem; margin: 0; padding: 0; border: 0; min-width: 0; }
.choice { position: relative; }
.choice input { position: absolute; inset: 0; width: 100%; height: 100%; margin: 0; opacity: 0; cursor: pointer; }
.choice span {
  display: block; padding: .1875rem .75rem; border: 1px solid var(--used); border-radius: 1rem; font-size: .875rem;
}
.choice input:checked + span { background: var(--text); border-color: var(--text); color: var(--card); }
.choice input:focus-visible + span { outline: 2px solid var(--link); outline-offset: 2px; }
#tools p { display: flex; gap: .75rem; align-items: center; font-size: .875rem; }
button {
  padding: .1875rem .75rem; border: 1px solid var(--used); border-radius: 1rem; background: var(--card);
  color: inherit; font: inherit; font-size: .875rem; cursor: pointer;
}
button:disabled { display: none; }

.many article { content-visibility: auto; contain-intrinsic-size: auto 7rem; }
article > h3 { padding: .5rem 1.25rem; border-bottom: 1px solid var(--line); }
article li {
  display: grid; grid-template: repeat(6, auto) 1fr / 6.5rem minmax(0, 1fr) auto; gap: 0 .75rem;
  padding: .625rem 1.25rem; align-items: baseline; scroll-margin-top: 3rem;
}
article li + li { border-top: 1px solid var(--line); }
article li > * { grid-column: 2; justify-self: start; }
article li > b { grid-column: 1; }
article li > details { grid-area: 1 / 3 / -1; justify-self: end; text-align: right; }
article li > p, article li > dl { font-size: .9375rem; }
article li > .note { font-size: .875rem; }
article li:target { background: color-mix(in srgb, var(--link) 10%, transparent); }
article details { font-size: .875rem; }
article details ul { margin-top: .25rem; }
article details li { display: block; padding: 0; border: 0; color: var(--soft); font-size: .8125rem; }
article dl { display: grid; grid-template-columns: auto minmax(0, 1fr); gap: 0 .75rem; }
article dt { color: var(--soft); }
del { color: var(--soft); text-decoration-color: color-mix(in srgb, currentcolor 45%, transparent); }
ins { text-decoration: none; font-weight: 600; }

footer { padding-top: 2rem; padding-bottom: 3rem; color: var(--soft); font-size: .8125rem; }
footer dl { display: grid; grid-template-columns: auto minmax(0, 1fr); gap: .125rem 1rem; }
footer dt { font-weight: 600; }

@media (max-width: 52rem) { .pair { grid-template-columns: minmax(0, 1fr); } }
@media (max-width: 40rem) {
  .tile { padding: .625rem .875rem; }
  .card { padding: .875rem 1rem 1rem; }
  #tools { grid-template-columns: minmax(0, 1fr); }
  article > h3 { padding: .5rem .875rem; }
  article li { grid-template: none / auto minmax(0, 1fr); row-gap: .1875rem; padding: .625rem .875rem; }
  article li > *, article li > details { grid-area: auto / 1 / auto / -1; justify-self: start; text-align: left; }
  article li > b { grid-column: 1; }
  article li > h4 { grid-column: 2; }
  article li > details { order: 1; }
  .chart text { font-size: 13px; }
}
@media print {
  :root {
    color-scheme: light; --page: #fff; --card: #fff; --text: #000; --soft: #444; --line: #bbb;
  }
  body { font-size: 10pt; }
  #tools { display: none !important; }
  .many article { content-visibility: visible; }
  article, .card, .tiles, li { break-inside: avoid; }
  details::details-content { content-visibility: visible; block-size: auto; }
  summary { list-style: none; }
  h2, h3 { break-after: avoid; }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
}
"""
