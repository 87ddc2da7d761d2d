/** Tells an address that does not exist from one that only takes other methods. */
import type { Request } from 'express';

interface RouterLayer {
  match(path: string): boolean;
  readonly route?: { readonly methods: Readonly<Record<string, boolean>> };
}

/** The methods that the request's address takes; none when there is no such address. */
export function allowedMethods(request: Request): readonly string[] {
  const layers = (request.app.router as unknown as { stack: readonly RouterLayer[] }).stack;
  const methods = layers.flatMap((layer) => {
    // Middleware stands there as routes of all methods; a real one has exactly one.
    const [method, ...others] = Object.keys(layer.route?.methods ?? {});
    return method !== undefined && others.length === 0 && layer.match(request.path) ? [method.toUpperCase()] : [];
  });
  return [...new Set(methods)].sort();
}
