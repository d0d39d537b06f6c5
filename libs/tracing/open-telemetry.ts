import { ROOT_CONTEXT, SpanKind, SpanStatusCode, trace, type Context } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BasicTracerProvider, BatchSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { traceWith, type OpenSpan, type SpanFields, type SpanOpener } from './tracing.js';

const KINDS = { server: SpanKind.SERVER, client: SpanKind.CLIENT, consumer: SpanKind.CONSUMER } as const;
const NAMES: Readonly<Record<keyof SpanFields, string>> = {
  caseId: 'tell.case_id', eventId: 'tell.event_id', deliveryId: 'tell.delivery_id', group: 'tell.group', programme: 'tell.programme', authority: 'tell.authority', door: 'tell.door',
  method: 'http.request.method', route: 'http.route', status: 'tell.status',
};
/** https://www.w3.org/TR/trace-context/#traceparent-header, version 00; ids of zeros only are none. */
const TRACEPARENT = /^00-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})$/;

const contextOf = (traceparent: string | undefined): Context => {
  const [, traceId, spanId, flags] = TRACEPARENT.exec(traceparent ?? '') ?? [];
  return traceId === undefined || spanId === undefined ? ROOT_CONTEXT
    : trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId, traceFlags: Number.parseInt(flags!, 16) & 1, isRemote: true });
};

const attributesOf = (fields: SpanFields): Record<string, string | number> => Object.fromEntries(
  (Object.keys(NAMES) as (keyof SpanFields)[]).flatMap((key) => {
    const value = fields[key];
    if (value === undefined) return [];
    return [[key === 'status' && typeof value === 'number' ? 'http.response.status_code' : NAMES[key], value]];
  }));

export interface TracingOptions {
  /** OpenTelemetry's own convention: spans go to `{endpoint}/v1/traces`. */
  readonly endpoint: string;
  readonly service: string;
}

/** Sends spans over OTLP/HTTP in batches from here on; answers how to end, which sends what is left. A trace the caller did not sample is passed on and not recorded. */
export const startOpenTelemetry = ({ endpoint, service }: TracingOptions): (() => Promise<void>) => {
  const processor = new BatchSpanProcessor(new OTLPTraceExporter({ url: `${endpoint.replace(/\/$/, '')}/v1/traces` }), { scheduledDelayMillis: 1000 });
  const provider = new BasicTracerProvider({ resource: resourceFromAttributes({ 'service.name': service }), spanProcessors: [processor] });
  const tracer = provider.getTracer('tell-us-once');
  const open: SpanOpener = ({ name, kind, parent, ...fields }): OpenSpan => {
    const span = tracer.startSpan(name, { kind: KINDS[kind], attributes: attributesOf(fields) }, contextOf(parent));
    const { traceId, spanId, traceFlags } = span.spanContext();
    return {
      traceparent: `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`,
      end: ({ failed = false, ...more } = {}) => {
        span.setAttributes(attributesOf(more));
        if (failed) span.setStatus({ code: SpanStatusCode.ERROR });
        span.end();
      },
    };
  };
  traceWith(open);
  return async () => {
    traceWith(undefined);
    await provider.shutdown().catch(() => undefined); // a collector that is away keeps nobody
  };
};
