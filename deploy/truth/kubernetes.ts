import { loadAll } from 'js-yaml';
import { FOREIGN, left, type Container, type Deployment } from './container.js';

type Labels = Record<string, string>;
interface Selector { matchLabels?: Labels }
interface Peer { podSelector?: Selector; namespaceSelector?: Selector }
export interface Rule { from?: Peer[]; to?: Peer[]; ports?: { port: number }[] }
interface Security { runAsNonRoot?: boolean; runAsUser?: number; allowPrivilegeEscalation?: boolean; readOnlyRootFilesystem?: boolean; capabilities?: { drop?: string[] } }
interface Probe { httpGet?: { path: string; port: string } }
export interface PodContainer {
  name: string;
  image: string;
  args?: string[];
  env?: { name: string; value: string }[];
  envFrom?: { configMapRef: { name: string } }[];
  ports?: { name: string; containerPort: number }[];
  securityContext?: Security;
  livenessProbe?: Probe;
  readinessProbe?: Probe;
  resources?: { requests?: object; limits?: object };
}
export interface PodSpec {
  securityContext?: Security;
  automountServiceAccountToken?: boolean;
  enableServiceLinks?: boolean;
  initContainers?: PodContainer[];
  containers: PodContainer[];
  volumes?: { name: string; secret?: { secretName: string } }[];
}
export interface Manifest {
  kind: string;
  metadata: { name: string; labels?: Labels };
  data?: Record<string, string>;
  spec: {
    replicas?: number; template?: { metadata: { labels: Labels }; spec: PodSpec };
    selector?: Selector & Record<string, unknown>; ports?: { port: number; targetPort: string }[]; type?: string;
    podSelector?: Selector; ingress?: Rule[]; egress?: Rule[];
  };
}
interface Kustomization { resources: string[]; patches: { path: string; target: { kind: string; labelSelector?: string } }[] }

const WHERE = 'deploy/kubernetes';

/** A patch laid over a manifest as kustomize does it: lists of named things by name, mounts by their path, other lists as a whole. */
export const merged = (base: unknown, patch: unknown): unknown => {
  const keyOf = (one: unknown): unknown => (one as { mountPath?: string; name?: string } | null)?.mountPath ?? (one as { name?: string } | null)?.name;
  if (Array.isArray(base) && Array.isArray(patch) && patch.every((one) => keyOf(one) !== undefined)) {
    const names = new Set([...(patch as unknown[]), ...(base as unknown[])].map(keyOf));
    return [...names].map((name) => merged(base.find((b) => keyOf(b) === name), patch.find((p) => keyOf(p) === name)));
  }
  if (patch === undefined) return base;
  if (typeof base !== 'object' || typeof patch !== 'object' || base === null || patch === null || Array.isArray(patch)) return patch;
  return Object.fromEntries([...new Set([...Object.keys(base), ...Object.keys(patch)])].map((key) => [key, merged((base as Labels)[key], (patch as Labels)[key])]));
};

/** Reads deploy/kubernetes as `kubectl apply -k` would; `files` are the other YAML files of the folder. */
export const readKubernetes = (read: (file: string) => string): readonly Manifest[] => {
  const { resources, patches } = loadAll(read('kustomization.yaml'))[0] as Kustomization;
  const laid = patches.map(({ path, target }) => ({ ...target, patch: { spec: (loadAll(read(path))[0] as Manifest).spec } }));
  return resources.flatMap((file) => loadAll(read(file)) as Manifest[]).map((manifest) =>
    laid.filter(({ kind, labelSelector }) => kind === manifest.kind && (labelSelector === undefined || labelSelector === `role=${manifest.metadata.labels?.['role'] ?? ''}`))
      .reduce((laidOver, { patch }) => merged(laidOver, patch) as Manifest, manifest));
};

const selects = ({ matchLabels = {} }: Selector, labels: Labels): boolean => Object.entries(matchLabels).every(([name, value]) => labels[name] === value);
const unhardened = (pod: PodSpec, container: PodContainer, serves: boolean): readonly string[] => left({
  'runs as root': pod.securityContext?.runAsNonRoot === true && (pod.securityContext.runAsUser ?? 0) > 0, 'may write its own files': container.securityContext?.readOnlyRootFilesystem === true,
  'keeps capabilities': container.securityContext?.capabilities?.drop?.includes('ALL') === true, 'may gain privileges': container.securityContext?.allowPrivilegeEscalation === false,
  'is given a token of the cluster': pod.automountServiceAccountToken === false, 'is given variables of the cluster': pod.enableServiceLinks === false,
  'says nothing of its needs': container.resources?.requests !== undefined && container.resources.limits !== undefined,
  'has no health check': !serves || (container.livenessProbe?.httpGet?.path === '/health/live' && container.readinessProbe?.httpGet?.path === '/health/ready'),
});

export const kubernetesDeployment = (manifests: readonly Manifest[]): Deployment => {
  const named = (kind: string, name: string): Manifest | undefined => manifests.find((m) => m.kind === kind && m.metadata.name === name);
  const workloads = manifests.filter((m) => m.kind === 'Deployment' || m.kind === 'Job');
  const policies = manifests.filter((m) => m.kind === 'NetworkPolicy').map((m) => m.spec);
  const environmentOf = ({ env = [], envFrom = [] }: PodContainer): Record<string, string> =>
    Object.assign({}, ...envFrom.map((e) => named('ConfigMap', e.configMapRef.name)?.data ?? {}), Object.fromEntries(env.map((e) => [e.name, e.value]))) as Record<string, string>;
  const containers = workloads.flatMap(({ kind, metadata: { name }, spec: { template } }): Container[] => {
    const pod = template!.spec;
    return [...(pod.initContainers ?? []), ...pod.containers].map((container) => {
      const serves = kind === 'Deployment' && container.name === 'service';
      const httpPort = container.ports?.find((p) => p.name === 'http')?.containerPort;
      return {
        where: WHERE, name: serves ? name : container.name, image: container.image, runs: container.args?.[0], once: !serves, environment: environmentOf(container),
        port: serves ? named('Service', name)?.spec.ports?.[0]?.port : undefined, healthPort: serves ? httpPort : undefined,
        unhardened: unhardened(pod, container, serves),
        keys: serves ? (pod.volumes ?? []).flatMap((v) => (v.secret?.secretName.endsWith('-keys') === true ? [v.secret.secretName.slice(0, -'-keys'.length)] : [])) : [],
      };
    });
  });
  const labelsOf = (name: string): Labels => (name === 'topics' ? labelsOf('migrate') : (workloads.find((w) => w.metadata.name === name)?.spec.template?.metadata.labels ?? {}));
  const portOf = (name: string): number | undefined => FOREIGN[name] ?? containers.find((c) => c.name === name)?.healthPort;
  const opens = (rules: readonly Rule[] = [], peers: 'from' | 'to', other: string, port: number | undefined): boolean => rules.some((rule) =>
    (rule.ports === undefined || rule.ports.some((p) => p.port === port))
    && (rule[peers] === undefined || other in FOREIGN ? rule[peers] === undefined && other in FOREIGN : rule[peers].some((p) => p.podSelector !== undefined && p.namespaceSelector === undefined && selects(p.podSelector, labelsOf(other)))));
  const reaches = (from: string, to: string): boolean =>
    policies.some((p) => p.egress !== undefined && selects(p.podSelector ?? {}, labelsOf(from)) && opens(p.egress, 'to', to, portOf(to)))
    && (to in FOREIGN || policies.some((p) => p.ingress !== undefined && selects(p.podSelector ?? {}, labelsOf(to)) && opens(p.ingress, 'from', from, portOf(to))));
  const own = [
    ...(manifests.some((m) => m.kind === 'Secret') ? ['a secret stands in a document'] : []),
    ...(policies.some((p) => Object.keys(p.podSelector ?? {}).length === 0 && p.ingress === undefined && p.egress === undefined) ? [] : ['everybody reaches everybody']),
    ...workloads.flatMap(({ metadata: { name }, spec: { replicas = 1 } }) => (replicas > 1 && !named('PodDisruptionBudget', name) ? [`${name} may be taken away whole`] : [])),
    ...workloads.flatMap(({ kind, metadata: { name } }) => (kind === 'Deployment' && named('Service', name)?.spec.selector?.['app'] !== labelsOf(name)['app'] ? [`no Service leads to ${name}`] : [])),
  ];
  return { where: WHERE, containers, reaches, bothWays: false, own: own.map((text) => `${WHERE}: ${text}`) };
};
