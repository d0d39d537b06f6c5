export { CurrentPrincipal, DeliveryToken, DeliveryTokenGate, findPrincipal, MinAcr, Public, Roles } from './access.js';
export { AccessGuard } from './access.guard.js';
export { ALGORITHMS, UntrustedToken, verifyJws, type Algorithm } from './jws.js';
export { KeysUnavailable } from './key-set.js';
export { acrOf, ASSURANCE_LEVELS, rankOfAcr, type AssuranceLevel, type Principal } from './principal.js';
export { TokenVerifier, type TokenVerifierOptions } from './token-verifier.js';
