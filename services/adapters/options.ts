/** How deliveries are made, resolved from AdaptersModule.forRoot. */
export class AdaptersOptions {
  constructor(
    /** Where agencies reach us, asked at each sending: the port may be known only once we listen. */
    readonly publicUrl: () => string,
    /** How long, in milliseconds, a page of deliveries waits for answers. */
    readonly patienceMs: number,
  ) {}
}
