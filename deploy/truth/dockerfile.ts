/** What deploy/Dockerfile and .dockerignore say. */
export interface Image {
  readonly dockerfile: string;
  readonly ignore: string;
}

/** Source → target of what the last stage copies out of the project, and out of an earlier stage. */
export const copied = (dockerfile: string): { readonly fromProject: ReadonlyMap<string, string>; readonly fromStages: ReadonlyMap<string, string> } => {
  const last = dockerfile.slice(dockerfile.lastIndexOf('\nFROM '));
  const lines = [...last.matchAll(/^COPY (--from=\w+ )?(\S+) (\S+)$/gm)];
  const of = (staged: boolean) => new Map(lines.filter(([, from]) => (from !== undefined) === staged).map(([, , source, target]) => [source!, target!]));
  return { fromProject: of(false), fromStages: of(true) };
};

/** The services the image makes a folder of keys for. */
const keyFolders = (text: string): readonly string[] => (/for \w+ in ([\w ]+);/.exec(text)?.[1] ?? '').split(' ').filter((s) => s !== '');

export const imageFindings = ({ dockerfile, ignore }: Image, code: { readonly readsFiles: readonly string[]; readonly keyHolders: readonly string[]; readonly node: string }, kubernetesReadme: string): readonly string[] => {
  const { fromProject } = copied(dockerfile);
  const bases = [...dockerfile.matchAll(/^FROM (\S+)/gm)].map((m) => m[1]!).filter((b) => b.includes(':') || b.includes('/'));
  const stages = new Set([...dockerfile.matchAll(/^FROM \S+ AS (\w+)/gm)].map((m) => m[1]!));
  const unknown = [...dockerfile.matchAll(/^FROM (\S+)/gm)].map((m) => m[1]!).filter((b) => !stages.has(b) && !/:\d+\.\d+\.\d+/.test(b));
  const sources = [...dockerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap((m) => m[1]!.split(' '));
  const let_through = ignore.split('\n').filter((l) => l.startsWith('!')).map((l) => l.slice(1).replace('/*.ts', ''));
  const user = /^USER (\S+)$/m.exec(dockerfile.slice(dockerfile.lastIndexOf('\nFROM ')))?.[1] ?? 'root';
  const same = (one: readonly string[], other: readonly string[]): boolean => [...one].sort().join() === [...other].sort().join();
  return [
    ...(bases.length === 0 ? ['there is no base image'] : []), ...unknown.map((b) => `${b} is no version`),
    ...bases.filter((b) => /^node:\d/.test(b) && !b.startsWith(`node:${code.node}-`)).map((b) => `${b} is not the Node of package.json, ${code.node}`),
    ...code.readsFiles.filter((f) => fromProject.get(f) !== f).map((f) => `${f} is read and not in the image`),
    ...[...fromProject.keys()].filter((f) => !code.readsFiles.includes(f)).map((f) => `${f} is in the image and nobody reads it`),
    ...sources.filter((s) => !let_through.some((l) => s === l || l.startsWith(`${s}/`) || s.startsWith(`${l}/`))).map((s) => `.dockerignore keeps ${s} out`),
    ...(/^[1-9]\d*:[1-9]\d*$/.test(user) ? [] : ['the image runs as root']),
    ...(/^HEALTHCHECK /m.test(dockerfile) ? [] : ['the image has no health check']),
    ...(same(keyFolders(dockerfile), code.keyHolders) ? [] : ['the folders of keys are not those of the services that have keys']),
    ...(same(keyFolders(kubernetesReadme), code.keyHolders) ? [] : ['deploy/kubernetes/README.md gives keys to others than those that have keys']),
  ].map((text) => `deploy/Dockerfile: ${text}`);
};
