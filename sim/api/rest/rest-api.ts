import type { Micros } from "../../engine/time.ts";
import {
  type Access,
  type AuthorizationMode,
  roleAccess,
  rolesIn,
  unlimitedAccess,
  withStandingRoles,
} from "../access.ts";
import type { User } from "../admission/plugin.ts";
import {
  ApiError,
  badRequest,
  internalError,
  methodNotAllowed,
  noSuchResource,
  unauthorized,
} from "../api-error.ts";
import type { ApiServer } from "../api-server.ts";
import { Fairness } from "../fairness/fairness.ts";
import type { KindDescriptor } from "../kinds/descriptor.ts";
import { descriptorByResource, unstoredKinds } from "../kinds/registry.ts";
import { isObject } from "../patch/json-value.ts";
import { hasMessage } from "../protobuf/codec.ts";
import { servedDefinition } from "../served-definitions.ts";
import { type StandingObjects, standingObjects } from "../standing/standing-objects.ts";
import type { VirtualReads } from "../virtual.ts";
import { type AdapterMetric, adapterResources, MetricsAdapter } from "./adapter-metrics.ts";
import { authorize, demandImpersonation } from "./authorize.ts";
import { type Answer, type Call, includeObject } from "./context.ts";
import { Discoverer } from "./discover.ts";
import { bindingDoor } from "./doors/binding.ts";
import { type ContainerPorts, throughDoor } from "./doors/doors.ts";
import { pathFlow, resourceFlow, uidsOf } from "./flow.ts";
import type { FlowUids } from "./flow-uids.ts";
import { negotiate, PROTOBUF, prefersProtobuf } from "./media.ts";
import { readListOptions, readRevision, tooLargeRevision } from "./options.ts";
import { patchObject } from "./patching.ts";
import { parseTarget, pathSegments, type Target } from "./path.ts";
import { presentList } from "./present.ts";
import { Reader } from "./reading.ts";
import {
  parameter,
  parseQuery,
  type Query,
  type RestRequest,
  type RestResponse,
} from "./request.ts";
import { builtInResource, customResource, type Resource } from "./resource.ts";
import { review } from "./reviews.ts";
import { withStanding } from "./standing-target.ts";
import type { Watch } from "./watch.ts";
import { openWatch } from "./watching.ts";
import {
  answerObject,
  createObject,
  deleteCollection,
  deleteObject,
  updateObject,
} from "./writing.ts";

/** What the API may be given beside the store. */
export interface RestOptions extends ContainerPorts {
  /** What is computed when it is read. */
  readonly virtual?: VirtualReads;
  /** Host and port that clients reach the API by. */
  readonly address?: string;
  /** Whether metrics.k8s.io is served. */
  readonly metrics?: boolean;
  /** What a metrics adapter knows, served as custom.metrics.k8s.io and external.metrics.k8s.io; there is none when absent. */
  readonly adapter?: readonly AdapterMetric[];
  /** `--authorization-mode`: by roles when absent; a server that always allows has no roles of its own. */
  readonly authorization?: AuthorizationMode;
  /** Called before every request for a resource; throws the `ApiError` of a declared trouble. */
  readonly before?: (request: RestRequest) => void;
  /** Priority and fairness: whether requests are classified, and wait when there are too many. */
  readonly fairness?: boolean;
}

/** Who asks when nobody else is named. */
export const ADMIN: User = { name: "admin", groups: ["system:masters", "system:authenticated"] };

const TEXT = "text/plain; charset=utf-8";

/** The Kubernetes REST API over the store: pure and synchronous, without a transport. */
export class RestApi {
  readonly #api: ApiServer;
  readonly #options: RestOptions;
  readonly #reader: Reader;
  readonly #discoverer: Discoverer;
  readonly #access: Access;
  readonly #standing: StandingObjects;
  readonly #fairness: Fairness | undefined;
  readonly #adapter: MetricsAdapter | undefined;
  /** The class of the request that is being answered. */
  #flow: FlowUids | undefined;
  readonly #resources = new Map<string, Resource>();
  /** Watches from below are too old: what came before was there when the server began. */
  readonly #oldest: number;

  constructor(api: ApiServer, options: RestOptions = {}) {
    this.#api = api;
    this.#options = options;
    const { address = "127.0.0.1:6443", metrics = false, authorization = "RBAC" } = options;
    const roles = authorization === "RBAC";
    const adapter = adapterResources(options.adapter ?? []);
    this.#discoverer = new Discoverer(api, { address, metrics, adapter, roles });
    const standing = standingObjects(api.store, () => this.#discoverer.resources(), roles);
    this.#standing = standing;
    this.#reader = new Reader(api.store, options.virtual, standing);
    this.#access = roles ? roleAccess(withStandingRoles(rolesIn(api.store))) : unlimitedAccess;
    if (options.adapter !== undefined && options.virtual !== undefined)
      this.#adapter = new MetricsAdapter(options.adapter, api.store, options.virtual, this.#access);
    if (options.fairness === true) this.#fairness = new Fairness(api.store, standing);
    this.#oldest = api.store.revision;
    api.store.onCommit(({ kind }) => {
      if (kind === "CustomResourceDefinition") this.#resources.clear();
    });
    api.store.onLoad(() => this.#resources.clear());
  }

  /** Answers a request. Never throws: what goes wrong inside is a 500. */
  handle(request: RestRequest): RestResponse {
    this.#flow = undefined;
    const response = this.#handle(request);
    return this.#flow === undefined ? response : { ...response, flow: this.#flow };
  }

  #handle(request: RestRequest): RestResponse {
    const warnings: string[] = [];
    try {
      const answer = this.#answer(request, warnings);
      return "watch" in answer
        ? { ...stream, ...streamType(answer), warnings: unrepeated(warnings), watch: answer.watch }
        : dressed(answer, warnings);
    } catch (error) {
      return refusal(error, warnings, request.accept);
    }
  }

  #answer(request: RestRequest, warnings: string[]): Answer | Stream {
    if (request.user === null) throw unauthorized();
    demandImpersonation(request, this.#access);
    const mark = request.path.indexOf("?");
    const path = mark < 0 ? request.path : request.path.slice(0, mark);
    const query = parseQuery(request.query ?? (mark < 0 ? "" : request.path.slice(mark + 1)));
    const segments = pathSegments(path);
    if (segments === undefined || !path.startsWith("/")) throw badRequest("invalid URL escape");
    const target = parseTarget(segments);
    if (target === undefined) {
      this.#flow = uidsOf(this.#fairness?.classify(pathFlow(request, path, ADMIN)));
      return this.#outside(request, segments, query);
    }
    const metric = this.#adapter?.answer(request.user ?? ADMIN, request.method, target, query);
    if (metric !== undefined) return metric;
    const resource = this.#resource(target);
    if (resource === undefined) return this.#nowhere(target);
    const { apiVersion, descriptor } = resource;
    const representation = negotiate(request.accept, resource.custom !== undefined, (as) =>
      as === "object" ? hasMessage(apiVersion, descriptor.kind) : as === "metadata",
    );
    const user = request.user ?? ADMIN;
    const call: Call = {
      request,
      target,
      resource,
      query,
      user,
      api: this.#api,
      reader: this.#reader,
      access: this.#access,
      representation,
      warnings,
    };
    addDeprecation(resource, warnings);
    this.#options.before?.(request);
    authorize(call);
    const delay = this.#delay(call);
    const answer = this.#dispatch(call);
    const { format } = representation;
    if ("watch" in answer) return format === "protobuf" ? { ...answer, protobuf: true } : answer;
    const type =
      format === "yaml"
        ? "application/yaml"
        : format === "protobuf" && isMessage(answer.body)
          ? PROTOBUF
          : undefined;
    return { ...(type === undefined ? {} : { contentType: type }), ...delay, ...answer };
  }

  /** How long the answer takes under priority and fairness. Throws 429 when the wait would be too long. */
  #delay(call: Call): { readonly delay?: Micros } {
    const flow = this.#fairness?.classify(resourceFlow(call));
    this.#flow = uidsOf(flow);
    if (flow === undefined || this.#fairness === undefined) return {};
    const { target, resource, request } = call;
    const whole = target.name === undefined && request.method === "GET";
    const objects = whole ? this.#api.store.objects(resource.kind).size : 1;
    return { delay: this.#fairness.delay(flow, this.#api.now, objects) };
  }

  #outside(request: RestRequest, segments: readonly string[], query: Query): Answer {
    if (request.method !== "GET" && request.method !== "HEAD") throw methodNotAllowed();
    return this.#discoverer.answer(segments, request.accept, query) ?? pageNotFound();
  }

  /** An unknown resource of a known group is a Status, an unknown group plain text. */
  #nowhere({ group, version }: Target): Answer {
    const known = this.#discoverer
      .resources()
      .some((one) => one.group === group && one.version === version);
    if (!known) return pageNotFound();
    throw noSuchResource();
  }

  #resource({ group, version, resource }: Target): Resource | undefined {
    const name = `${group}/${version}/${resource}`;
    const known = this.#resources.get(name);
    if (known !== undefined) return known;
    const builtIn = descriptorByResource(group, version, resource);
    const found =
      builtIn !== undefined && this.#isServed(builtIn)
        ? builtInResource(builtIn, group, version)
        : this.#custom(group, version, resource);
    if (found !== undefined) this.#resources.set(name, found);
    return found;
  }

  #isServed({ group }: KindDescriptor): boolean {
    return group !== "metrics.k8s.io" || this.#options.metrics === true;
  }

  #custom(group: string, version: string, plural: string): Resource | undefined {
    const definition = servedDefinition(this.#api, `${plural}.${group}`);
    if (definition === undefined) return undefined;
    const kind = `${definition.spec.names.kind}.${group}`;
    const descriptor = this.#api.kinds.find(kind);
    return descriptor === undefined
      ? undefined
      : customResource(descriptor, kind, definition, version);
  }

  #dispatch(call: Call): Answer | Stream {
    const { target, resource, request } = call;
    const { descriptor } = resource;
    if (target.namespace !== undefined && !descriptor.namespaced) throw noSuchResource();
    if (target.subresource !== undefined)
      return throughDoor(withStanding(call, this.#standing), this.#options);
    const unstored = unstoredKinds.includes(descriptor);
    if (unstored && descriptor.group !== "metrics.k8s.io") {
      if (request.method !== "POST") throw methodNotAllowed();
      if (target.name !== undefined) throw noSuchResource();
      return descriptor.kind === "Binding" ? bindingDoor(call) : review(call);
    }
    return target.name === undefined ? this.#collection(call) : this.#object(call);
  }

  #collection(call: Call): Answer | Stream {
    const { request, resource, target } = call;
    const { verbs, namespaced } = resource.descriptor;
    switch (request.method) {
      case "GET":
      case "HEAD":
        return this.#list(call);
      case "POST":
        if (!verbs.includes("create") || (namespaced && target.namespace === undefined)) break;
        return createObject(call);
      case "DELETE":
        if (!verbs.includes("deletecollection")) break;
        if (namespaced && target.namespace === undefined) break;
        return deleteCollection(call);
    }
    throw methodNotAllowed();
  }

  #object(call: Call): Answer | Stream {
    const { request, resource, target } = call;
    const { verbs, namespaced } = resource.descriptor;
    if (namespaced && target.namespace === undefined) throw noSuchResource();
    switch (request.method) {
      case "GET":
      case "HEAD": {
        if (target.watch) return this.#list(call);
        checkRevision(call.query, this.#api.store.revision);
        const object = this.#reader.get(resource, target.namespace, target.name ?? "");
        return answerObject(call, object);
      }
      case "PUT":
        if (verbs.includes("update")) return updateObject(withStanding(call, this.#standing));
        break;
      case "PATCH":
        if (verbs.includes("patch")) return patchObject(withStanding(call, this.#standing));
        break;
      case "DELETE":
        if (verbs.includes("delete")) return deleteObject(withStanding(call, this.#standing));
        break;
    }
    throw methodNotAllowed();
  }

  #list(call: Call): Answer | Stream {
    const { resource, target, query, representation } = call;
    const options = readListOptions(query, target.watch);
    if (options.watch) return { watch: openWatch(call, options, { oldest: this.#oldest }) };
    const { objects, metadata } = this.#reader.list(resource, target.namespace, options);
    const context = { now: this.#api.now };
    const include = includeObject(query);
    const body = presentList(objects, resource, metadata, representation, context, include);
    return { code: 200, body };
  }
}

/** A read that is to be no older than a revision cannot be answered before it. */
function checkRevision(query: Query, current: number): void {
  const text = parameter(query, "resourceVersion");
  if (text === undefined || text === "") return;
  const wanted = readRevision(text);
  if (wanted > current) throw tooLargeRevision(wanted, current);
}

function isMessage(body: unknown): boolean {
  if (!isObject(body)) return false;
  return hasMessage(String(body["apiVersion"]), String(body["kind"]));
}

/** An answer that is a watch. */
interface Stream {
  readonly watch: Watch;
  readonly protobuf?: boolean;
}

const streamType = ({ protobuf }: Stream) =>
  protobuf === true ? { contentType: `${PROTOBUF};stream=watch` } : {};

const stream = { code: 200, contentType: "application/json", body: undefined } as const;

function dressed(
  { code, body, contentType, delay, exec, attach, follow }: Answer,
  warnings: readonly string[],
): RestResponse {
  return {
    ...(delay === undefined ? {} : { delay }),
    ...(exec === undefined ? {} : { exec }),
    ...(attach === undefined ? {} : { attach }),
    ...(follow === undefined ? {} : { follow }),
    code,
    contentType: contentType ?? "application/json",
    body,
    warnings: unrepeated(warnings),
  };
}

/** A warning is sent once. */
function unrepeated(warnings: readonly string[]): readonly string[] {
  return warnings.length < 2 ? warnings : [...new Set(warnings)];
}

function pageNotFound(): Answer {
  return { code: 404, body: "404 page not found\n", contentType: TEXT };
}

function refusal(
  thrown: unknown,
  warnings: readonly string[],
  accept: string | undefined,
): RestResponse {
  const error = asApiError(thrown);
  const { code, status, retryAfterSeconds } = error;
  const after =
    retryAfterSeconds === undefined || retryAfterSeconds === 0
      ? {}
      : { retryAfter: retryAfterSeconds };
  return {
    code,
    contentType: prefersProtobuf(accept) ? PROTOBUF : "application/json",
    body: status,
    warnings: unrepeated(warnings),
    ...after,
  };
}

/** A mistake inside is told as such; a body nested deeper than the stack is the client's. */
function asApiError(thrown: unknown): ApiError {
  if (thrown instanceof ApiError) return thrown;
  if (thrown instanceof RangeError && thrown.message.includes("call stack"))
    return badRequest("the object is nested too deeply");
  return internalError(thrown instanceof Error ? thrown.message : String(thrown));
}

/** What upstream says of every request for a version that is going away. */
function addDeprecation({ descriptor }: Resource, warnings: string[]): void {
  if (descriptor.kind === "Endpoints" && descriptor.group === "")
    warnings.push("v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice");
  if (descriptor.kind === "ComponentStatus")
    warnings.push("v1 ComponentStatus is deprecated in v1.19+");
}
