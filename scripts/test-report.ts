import { stripVTControlCharacters } from 'node:util';

/** What of the runner's report is read here. */
export interface Report {
  readonly testResults: readonly {
    readonly name: string;
    /** What kept the whole file from running. */
    readonly message?: string;
    readonly assertionResults: readonly { readonly status: string; readonly fullName: string; readonly failureMessages?: readonly string[] }[];
  }[];
}

const NEEDS = /\[needs (.+)\]/;

/** What was skipped, by what it needs: the way to get it, then how many tests of which files wait for it. Empty when nothing was. */
export const skippedLines = ({ testResults }: Report, root: string): readonly string[] => {
  const reasons = new Map<string, Map<string, number>>();
  for (const { name, assertionResults } of testResults) {
    for (const { status, fullName } of assertionResults) {
      if (status !== 'pending' && status !== 'todo') continue;
      const reason = NEEDS.exec(fullName)?.[1] ?? `no reason is given: ${fullName}`;
      const files = reasons.get(reason) ?? new Map<string, number>();
      const file = name.slice(root.length + 1);
      reasons.set(reason, files.set(file, (files.get(file) ?? 0) + 1));
    }
  }
  return [...reasons].flatMap(([reason, files]) => [`! ${reason}`, ...[...files].map(([file, n]) => `    ${String(n).padStart(3)} of ${file}`)]);
};

const firstLine = (text: string): string => stripVTControlCharacters(text).split('\n').map((line) => line.trim()).find((line) => line !== '' && !line.startsWith('●')) ?? '';

/** What failed, a line each, so that the end of a long output says it: the file, the test, and the first line of why. */
export const failedLines = ({ testResults }: Report, root: string): readonly string[] =>
  testResults.flatMap(({ name, message, assertionResults }) => {
    const file = name.slice(root.length + 1);
    if (assertionResults.length === 0 && message) return [`✗ ${file}: ${firstLine(message)}`];
    return assertionResults.filter(({ status }) => status === 'failed').map(({ fullName, failureMessages }) => `✗ ${file}: ${fullName}: ${firstLine(failureMessages?.[0] ?? '')}`);
  });
