/** Tells an address that does not exist from one that only takes other methods. */
import type { Request } from 'express';

interface RouterLayer {
  match(path: string): boolean;
  readonly route?: { readonly methods: Readonly<Record<string, boolean>> };
}

/** The methods that the request's address takes; none when there is no such address. */
export function allowedMethods(request: Request): readonly string[] {
  const layers = (request.app.router as unknown as { stack: readonly RouterLayer[] }).stack;
  const matching = layers.filter((layer) => layer.route && layer.match(request.path));
  return [...new Set(matching.flatMap(({ route }) => Object.keys(route?.methods ?? {})))].map((method) => method.toUpperCase()).sort();
}
