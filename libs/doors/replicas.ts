/** How long, in milliseconds, a replica that did not answer is passed over while another may. */
const REST_MS = 500;

interface Replica { readonly url: string; restsUntil: number }

/** The replicas of one service, taken in turn; one that has just failed is the last to be asked. */
export class Replicas {
  private readonly list: readonly Replica[];
  private next = 0;

  constructor(urls: readonly string[], private readonly now: () => number = () => performance.now()) {
    if (urls.length === 0) throw new Error('a service needs an address');
    this.list = urls.map((url) => ({ url: url.replace(/\/$/, ''), restsUntil: -Infinity }));
  }

  /** Every replica once, in the order to try them. */
  inTurn(): readonly string[] {
    const from = this.next++ % this.list.length;
    const turn = [...this.list.slice(from), ...this.list.slice(0, from)];
    const at = this.now();
    return [...turn.filter((r) => r.restsUntil <= at), ...turn.filter((r) => r.restsUntil > at)].map((r) => r.url);
  }

  failed(url: string): void {
    const replica = this.list.find((r) => r.url === url);
    if (replica) replica.restsUntil = this.now() + REST_MS;
  }
}
