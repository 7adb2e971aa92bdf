import type { Endpoint, Reply, RequestContext, WriteRequest } from '../../src/endpoint/endpoint.js'

export type UpdateRequest = Extract<WriteRequest, { op: 'update' }>

/** An endpoint for tests that know of updates only. */
export interface Updating extends Omit<Endpoint, 'write' | 'ids'> {
  update(request: UpdateRequest, context: RequestContext): Promise<Reply>
}

export function updating({ update, ...rest }: Updating): Endpoint {
  return {
    ids: 'server',
    ...rest,
    write(request, context) {
      if (request.op !== 'update') throw new TypeError(`No ${request.op} is expected here`)
      return update(request, context)
    },
  }
}
