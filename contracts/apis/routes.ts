/** Every service that runs as a process of its own. */
export const SERVICES = ['intake', 'identity', 'consent', 'bundling', 'adapters', 'status', 'sandbox', 'gateway'] as const;
export type ServiceName = (typeof SERVICES)[number];

/** Where a public path is answered: `{name}` stands for one segment. */
export interface PublicRoute {
  readonly path: string;
  readonly service: Exclude<ServiceName, 'gateway' | 'sandbox'>;
}

const of = (service: PublicRoute['service'], ...paths: readonly string[]): readonly PublicRoute[] => paths.map((path) => ({ path, service }));

/** Public path → service: all the gateway knows. A test holds it against the generated OpenAPI document. */
export const routes: readonly PublicRoute[] = [
  ...of('intake',
    '/v1/notifications', '/v1/cases/{reference}/invitations', '/v1/invitations/{code}/acceptance', '/v1/cases/{reference}/amendments', '/v1/cases/{reference}/cancellation',
    '/v1/ops/duplicates', '/v1/ops/duplicates/{id}/decision'),
  ...of('identity', '/v1/ops/identity-reviews', '/v1/ops/identity-reviews/{id}/decision', '/v1/ops/log/identity/parked/{caseId}/retry'),
  ...of('consent',
    '/v1/cases/{reference}/consents', '/v1/cases/{reference}/consents/{target}', '/v1/cases/{reference}/releases', '/v1/notices', '/v1/notices/{id}', '/v1/promoters',
    '/.well-known/jwks.json'),
  ...of('bundling', '/v1/ops/deliveries', '/v1/ops/deliveries/summary', '/v1/ops/deliveries/{reference}/{target}/retry', '/v1/ops/deliveries/{reference}/{target}/settlement',
    '/v1/ops/log/parked', '/v1/ops/log/unreadable', '/v1/ops/log/bundling/parked/{caseId}/retry'),
  ...of('adapters', '/v1/deliveries/{id}/outcome', '/v1/ops/deliveries/backlog', '/v1/ops/unreadable-outcomes', '/v1/ops/log/adapters/parked/{caseId}/retry'),
  ...of('status', '/v1/cases', '/v1/cases/{reference}', '/v1/cases/{reference}/events'),
];

const segmentsOf = (path: string): readonly string[] => path.split('/').slice(1);
const isNamed = (segment: string): boolean => segment.startsWith('{');
/** Fixed segments win over named ones. */
const table = routes.map((route) => ({ route, segments: segmentsOf(route.path) })).sort((a, b) => a.segments.filter(isNamed).length - b.segments.filter(isNamed).length);

/** The route of a path as its caller wrote it, without the query; undefined when nobody answers there. */
export const findRoute = (path: string): PublicRoute | undefined => {
  let asked: readonly string[];
  try {
    asked = segmentsOf(path).map(decodeURIComponent);
  } catch {
    return undefined;
  }
  return table.find(({ segments }) => segments.length === asked.length && segments.every((s, i) => (isNamed(s) ? asked[i] !== '' : s === asked[i])))?.route;
};
