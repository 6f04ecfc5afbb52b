// Fails when the JavaScript that the first page loads, gzipped, outgrows its budget.
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

const BUDGET_KB = 180;
const manifest = JSON.parse(readFileSync("dist/.vite/manifest.json", "utf8"));
// What a signed-in person's first page loads: the entry, the frame around every page, and the list that opens first.
const FIRST = [/^index\.html$/, /app\/shell\.tsx$/, /customers\/list[^/]*\.tsx$/];

const files = new Set();
function collect(key) {
  const chunk = manifest[key];
  if (!chunk || files.has(chunk.file)) return;
  files.add(chunk.file);
  for (const imported of chunk.imports ?? []) collect(imported);
}
for (const key of Object.keys(manifest)) if (FIRST.some((wanted) => wanted.test(key))) collect(key);

let total = 0;
for (const file of [...files].filter((name) => name.endsWith(".js"))) {
  const kilobytes = gzipSync(readFileSync(`dist/${file}`), { level: 9 }).length / 1000;
  total += kilobytes;
  process.stdout.write(`${kilobytes.toFixed(1).padStart(8)} kB  ${file}\n`);
}
process.stdout.write(`${total.toFixed(1).padStart(8)} kB  of ${BUDGET_KB} kB\n`);
if (total > BUDGET_KB) process.exit(1);
