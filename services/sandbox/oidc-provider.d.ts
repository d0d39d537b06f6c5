/** The class alone: the package's front door also warns of every Node below 22, which this project supports (see `oidc.ts`). */
declare module 'oidc-provider/lib/provider.js' {
  export { Provider } from 'oidc-provider';
}
