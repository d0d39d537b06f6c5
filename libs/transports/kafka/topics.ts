/** One request and one outcome topic per jurisdiction: deploy/topics.yml. */
export const requestsTopic = (jurisdiction: string): string => `jurisdiction.${jurisdiction}.requests`;
export const outcomesTopic = (jurisdiction: string): string => `jurisdiction.${jurisdiction}.outcomes`;
export const isJurisdictionTopic = (name: string): boolean => /^jurisdiction\.[a-z-]+\.(requests|outcomes)$/.test(name);
export const isOutcomesTopic = (name: string): boolean => isJurisdictionTopic(name) && name.endsWith('.outcomes');
