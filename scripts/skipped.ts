/** What of the runner's report is read here. */
export interface Report {
  readonly testResults: readonly { readonly name: string; readonly assertionResults: readonly { readonly status: string; readonly fullName: string }[] }[];
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
