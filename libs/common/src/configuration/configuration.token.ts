/** Where Nest finds the checked configuration: `@Inject(CONFIGURATION) configuration: Configuration`. */
export const CONFIGURATION = Symbol('deskhand.configuration');
