// Runs the GraphQL-over-HTTP audits of npm's graphql-http against a server and prints what each came to as JSON.
// Usage: node audits.mjs FOLDER_WITH_NODE_MODULES URL API_KEY
import { createRequire } from "node:module";

const [folder, url, key] = process.argv.slice(2);
const { auditServer } = createRequire(`${folder}/`)("graphql-http");
const fetchFn = (address, options = {}) =>
  fetch(address, { ...options, headers: { ...options.headers, authorization: `Bearer ${key}` } });
const results = await auditServer({ url, fetchFn });
console.log(JSON.stringify(results.map(({ id, name, status, reason }) => ({ id, name, status, reason }))));
