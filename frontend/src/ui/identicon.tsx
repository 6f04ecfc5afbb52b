const SIZE = 5;

/** Spreads the letters of an id over 32 bits (FNV-1a), so that ids that differ in one letter look different. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (const letter of text) value = Math.imul(value ^ (letter.codePointAt(0) ?? 0), 0x01000193) >>> 0;
  return Math.imul(value ^ (value >>> 15), 0x2c1b3c6d) >>> 0;
}

/** A face drawn from an id: the same id always gives the same one, and nothing is fetched from anywhere. */
export function Identicon({ id, size = 24 }: { id: string; size?: number }) {
  const bits = hash(id);
  const hue = hash(`${id} hue`) % 360;
  const cells: string[] = [];
  for (let column = 0; column < 3; column += 1) {
    for (let row = 0; row < SIZE; row += 1) {
      if (!((bits >>> (column * SIZE + row)) & 1)) continue;
      cells.push(`M${column} ${row}h1v1h-1z`);
      if (column < 2) cells.push(`M${SIZE - 1 - column} ${row}h1v1h-1z`);
    }
  }
  return (
    <svg width={size} height={size} viewBox="-1 -1 7 7" aria-hidden="true" shapeRendering="crispEdges"
      style={{ borderRadius: size / 6, flex: "none", background: `hsl(${hue} 40% 50% / 0.16)`, display: "block" }}>
      <path d={cells.join("")} fill={`hsl(${hue} 48% 48%)`} />
    </svg>
  );
}
