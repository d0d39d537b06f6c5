import { getMetadataStorage } from 'class-validator';

/**
 * class-validator works out anew, for every object, which rules its class has. They are fixed once the class is decorated, and a
 * report holds a dozen objects: here they are worked out once a class.
 */
export const rememberRules = (): void => {
  const storage = getMetadataStorage();
  const rulesOf = storage.getTargetValidationMetadatas.bind(storage);
  const byName = storage.groupByPropertyName.bind(storage);
  const rules = new WeakMap<object, Map<string, ReturnType<typeof rulesOf>>>();
  const grouped = new WeakMap<object, ReturnType<typeof byName>>();
  storage.getTargetValidationMetadatas = (type, schema, always, strictGroups, groups) => {
    if (groups !== undefined) return rulesOf(type, schema, always, strictGroups, groups);
    const manner = `${schema} ${always} ${strictGroups}`;
    const ofType = rules.get(type) ?? new Map<string, ReturnType<typeof rulesOf>>();
    rules.set(type, ofType);
    const known = ofType.get(manner) ?? rulesOf(type, schema, always, strictGroups);
    ofType.set(manner, known);
    return known;
  };
  storage.groupByPropertyName = (list) => {
    const known = grouped.get(list) ?? byName(list);
    grouped.set(list, known);
    return known;
  };
};
