import type { RestRequest, RestResponse } from "../../sim/api/rest/request.ts";

/** Something that answers requests as the API server does: the RestApi itself, or a server behind HTTP. */
export interface Backend {
  handle(request: RestRequest): Promise<RestResponse> | RestResponse;
  /** Lets everything happen that the requests so far lead to. */
  settle(): Promise<void> | void;
}
