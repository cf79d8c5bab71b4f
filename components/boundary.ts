/** The permissions boundary of a role, as an argument of it; none where there is none. */
export function boundedBy(boundary: string | undefined): { readonly permissionsBoundary?: string } {
  return boundary === undefined ? {} : { permissionsBoundary: boundary };
}
