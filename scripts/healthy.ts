/** `node dist/scripts/healthy.js URL`: exit code 0 when URL answers 2xx within four seconds; a container's health check, where there is no curl. */
const [url] = process.argv.slice(2);
const answer = await fetch(url ?? '', { signal: AbortSignal.timeout(4000) }).catch(() => undefined);
process.exit(answer?.ok === true ? 0 : 1);
