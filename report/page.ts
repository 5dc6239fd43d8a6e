import { escaped } from "./plot/svg.ts";

/** Colours by their meaning, on light and on dark paper. */
export const PALETTE = `:root{color-scheme:light dark;--paper:#fff;--ink:#1d2330;--dim:#667085;--line:#e3e6ec;--soft:#f5f6f9;--accent:#4269d0;--good:#23863a;--bad:#c9382b;--fault:#b45f06;--pending:#b9bfca;--starting:#f0b45a;--running:#8fb0ea;--ready:#3f7ad6;--stopping:#a58bd8;--failed:#d9574a;--done:#8fc79a}
@media(prefers-color-scheme:dark){:root{--paper:#14171d;--ink:#e4e7ee;--dim:#98a1b2;--line:#2c323d;--soft:#1c2028;--accent:#86a5f5;--good:#5cc274;--bad:#ff7d70;--fault:#f0a04b;--pending:#6b7280;--starting:#c98a34;--running:#5577b8;--ready:#6f9df0;--stopping:#8f74c9;--failed:#d9574a;--done:#4c8f5c}}`;

/** How plots are drawn; part of every picture that must stand alone. */
export const PLOT_STYLE = `.plot text{font:12px system-ui,sans-serif;fill:var(--ink)}.plot .tick{fill:var(--dim);font-size:11px}.plot .grid{stroke:var(--line);stroke-width:1}.plot .zero{stroke:var(--dim);stroke-width:1.5}.plot .mean{fill:var(--paper);stroke:var(--ink);stroke-width:1.4}.plot .fault{fill:var(--fault);fill-opacity:.16}.plot .mark{stroke:var(--fault)}.plot .step{stroke:var(--accent)}`;

const STYLE = `${PALETTE}
*{box-sizing:border-box}body{margin:0;background:var(--paper);color:var(--ink);font:15px/1.55 system-ui,sans-serif}
main{max-width:76rem;margin:0 auto;padding:1.5rem clamp(.8rem,3vw,2rem) 4rem}
h1{font-size:1.6rem;line-height:1.25;margin:.2rem 0 .4rem}h2{font-size:1.15rem;margin:2.2rem 0 .6rem}h3{font-size:.95rem;margin:1rem 0 .2rem;font-weight:600}
p{max-width:48rem}.dim{color:var(--dim)}.small{font-size:.85rem}
.scroll{overflow-x:auto}table{border-collapse:collapse;font-size:.88rem;font-variant-numeric:tabular-nums}
th,td{padding:.3rem .8rem .3rem 0;text-align:left;border-bottom:1px solid var(--line);vertical-align:top}th{font-weight:600;color:var(--dim);white-space:nowrap}
td.n{white-space:nowrap}.plots{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,25rem),1fr));gap:1rem 1.6rem}
.plots .plot{width:100%}.plot{display:block;max-width:100%;height:auto}
${PLOT_STYLE}
.good{color:var(--good)}.bad{color:var(--bad)}.faulty{color:var(--fault)}.key{display:inline-flex;align-items:center;gap:.35rem;margin-right:1rem;white-space:nowrap}.key i{width:.8rem;height:.8rem;border-radius:2px;display:inline-block}
ol.story{list-style:none;padding:0;margin:0;max-width:60rem}ol.story li{display:grid;grid-template-columns:4.6rem 1fr;gap:.8rem;padding:.18rem 0}ol.story time{color:var(--dim);text-align:right;font-variant-numeric:tabular-nums}
ol.story .say{border-left:3px solid var(--accent);padding-left:.7rem;margin:.4rem 0}code{background:var(--soft);padding:.08rem .3rem;border-radius:3px;overflow-wrap:anywhere}`;

/** A page that needs nothing but itself. `body` is markup. */
export function page(title: string, body: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<title>${escaped(title)}</title>
<style>${STYLE}</style>
</head>
<body><main>
${body}
</main></body>
</html>
`;
}

/** A table; cells are markup, those of numbers stay on one line. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return tableText(head, rows, (at) => (at > 0 ? ' class="n"' : ""));
}

/** A table of sentences, which wrap; without headings where `head` is empty. */
export function proseTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return tableText(head, rows, (at) => (at === 0 ? ' class="n"' : ""));
}

function tableText(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  classOf: (at: number) => string,
): string {
  const line = (cells: readonly string[], tag: string): string =>
    `<tr>${cells.map((cell, at) => `<${tag}${tag === "td" ? classOf(at) : ""}>${cell}</${tag}>`).join("")}</tr>`;
  const headings = head.length === 0 ? "" : `${line(head, "th")}\n`;
  return `<div class="scroll"><table>${headings}${rows.map((row) => line(row, "td")).join("\n")}</table></div>`;
}
