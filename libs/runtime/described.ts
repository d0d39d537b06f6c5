/**
 * The decorators of `@nestjs/swagger` that say in the API's document what its code does not say by itself. They are held until somebody wants the document:
 * most processes never do, and what makes it is a quarter of all modules a service would load.
 */
type Swagger = typeof import('@nestjs/swagger');
type Decorate = ClassDecorator & MethodDecorator & PropertyDecorator;

const held: ((swagger: Swagger) => void)[] = [];

const hold = <Name extends { [N in keyof Swagger]: Swagger[N] extends (...options: never[]) => unknown ? N : never }[keyof Swagger]>(name: Name): Swagger[Name] =>
  ((...options: unknown[]) => (...where: Parameters<Decorate>): void => {
    held.push((swagger) => {
      (swagger[name] as unknown as (...options: unknown[]) => Decorate)(...options)(...where);
    });
  }) as unknown as Swagger[Name];

export const ApiBearerAuth = hold('ApiBearerAuth');
export const ApiExtension = hold('ApiExtension');
export const ApiHeader = hold('ApiHeader');
export const ApiOkResponse = hold('ApiOkResponse');
export const ApiOperation = hold('ApiOperation');
export const ApiProduces = hold('ApiProduces');
export const ApiProperty = hold('ApiProperty');
export const ApiPropertyOptional = hold('ApiPropertyOptional');
export const ApiQuery = hold('ApiQuery');
export const ApiResponse = hold('ApiResponse');
export const ApiTags = hold('ApiTags');

/** What makes documents, with everything held until now applied. */
export const loadSwagger = async (): Promise<Swagger> => {
  const swagger = await import('@nestjs/swagger');
  for (const apply of held.splice(0)) apply(swagger);
  return swagger;
};
