/** Attributes of an element; what is undefined is left out. */
export type Attributes = Readonly<Record<string, string | number | undefined>>;

/** What XML may not hold in any form: controls, and halves of characters. */
const FORBIDDEN = /[^\t\n\r\x20-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu;

/** Text as markup may hold it. */
export function escaped(text: string): string {
  return text
    .replace(FORBIDDEN, "\ufffd")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}

/** An element as text. Children are markup already. */
export function element(
  name: string,
  attributes: Attributes,
  ...children: readonly string[]
): string {
  let text = `<${name}`;
  for (const [key, value] of Object.entries(attributes)) {
    if (value === undefined) continue;
    text += ` ${key}="${typeof value === "number" ? short(value) : escaped(value)}"`;
  }
  return children.length === 0 ? `${text}/>` : `${text}>${children.join("")}</${name}>`;
}

/** Text at a place. */
export function label(x: number, y: number, text: string, attributes: Attributes = {}): string {
  return element("text", { x, y, ...attributes }, escaped(text));
}

/** A rectangle with a tip that shows when it is pointed at. */
export function bar(attributes: Attributes, tip: string): string {
  return element("rect", attributes, element("title", {}, escaped(tip)));
}

/** Coordinates to a tenth: finer is not seen. */
export function short(value: number): string {
  return String(Math.round(value * 10) / 10);
}

/** A whole picture. `title` is what a screen reader says. */
export function picture(
  width: number,
  height: number,
  title: string,
  parts: readonly string[],
  style = "",
): string {
  return element(
    "svg",
    {
      xmlns: "http://www.w3.org/2000/svg",
      viewBox: `0 0 ${short(width)} ${short(height)}`,
      width,
      height,
      role: "img",
      "aria-label": title,
      class: "plot",
    },
    ...(style === "" ? [] : [element("style", {}, style)]),
    ...parts,
  );
}
