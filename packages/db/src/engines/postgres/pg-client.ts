/** What this package calls of a `pg.Client`. */
export interface PgClient {
  connect(): Promise<unknown>
  query(config: PgQuery): Promise<PgResult>
  query(submittable: PgSubmittable): unknown
  end(): Promise<void>
  on(event: "error" | "end" | "notification", listener: (error?: Error) => void): unknown
  off(event: "error" | "end", listener: (error?: Error) => void): unknown
  getTransactionStatus?(): string | null
  /** Not there on the native client. */
  readonly connection?: PgWire & { readonly parsedStatements?: Record<string, unknown> }
  /** Whether queries are sent before the earlier ones are answered; it then takes no `PgSubmittable`. */
  readonly pipeline?: boolean
  readonly processID?: number | null
  /** With `processID` what the server knows the connection by. */
  readonly secretKey?: unknown
  /** On a client that a pool lent. */
  release?(error?: Error | boolean): void
}

/** The way to the server. */
export interface PgWire {
  readonly stream: {
    readonly writable: boolean
    readonly remoteAddress?: string | undefined
    write(bytes: Uint8Array): unknown
    destroy(error: Error): unknown
  }
  /** Sends the first message of a connection. */
  startup?(...settings: unknown[]): unknown
  cancel?(processId: number, secretKey: unknown): unknown
  on?(event: "parameterDescription", listener: (types: ParameterDescription) => void): unknown
  on?(event: "parameterStatus", listener: (status: ParameterStatus) => void): unknown
  off?(event: "parameterDescription", listener: (types: ParameterDescription) => void): unknown
}

/** The types of a statement's parameters. */
export interface ParameterDescription {
  readonly dataTypeIDs: readonly number[]
}

/** A setting that the server tells of without being asked. */
export interface ParameterStatus {
  readonly parameterName: string
  readonly parameterValue: string
}

/** A query that writes its own messages and is told the answers, as those of `pg-cursor`. */
export interface PgSubmittable {
  /** Sends it; an error is one that kept it from being sent. */
  submit(wire: PgWire): Error | null
  handleRowDescription(message: unknown): void
  handleDataRow(message: { readonly fields: readonly (string | null)[] }): void
  handleCommandComplete(message: { readonly text: string }): void
  handleEmptyQuery(): void
  handleReadyForQuery(): void
  handleError(error: unknown): void
}

export interface PgQuery {
  readonly text: string
  readonly values?: unknown[]
  readonly name?: string
  readonly types?: { getTypeParser(oid: number, format?: string): (text: string) => unknown }
}

export interface PgResult {
  readonly command: string
  readonly rowCount: number | null
  readonly rows: Record<string, unknown>[]
  readonly fields?: readonly PgField[]
}

export interface PgField {
  readonly name: string
  readonly dataTypeID: number
  /** 0 for an expression. */
  readonly tableID: number
}

/** What this package calls of the `pg` module. */
export interface PgModule {
  readonly Client: new (config: {
    connectionString?: string
    connectionTimeoutMillis: number
    keepAlive?: boolean
    keepAliveInitialDelayMillis?: number
  }) => PgClient
  readonly types: { getTypeParser(oid: number, format?: string): (text: string) => unknown }
}

/** What this package calls of a `pg.Pool`; pass your own as `client`. */
export interface PgPool {
  connect(): Promise<PgClient>
  /** Where its server is, and how it is reached. */
  readonly options?: object
}

/** A column of a result; PGlite does not say which table it is from. */
export interface PgliteField {
  readonly name: string
  readonly dataTypeID: number
}

/** What this package calls of a PGlite; pass your own as `client`. */
export interface PgliteClient {
  readonly waitReady: Promise<unknown>
  query(
    sql: string,
    parameters?: unknown[],
    options?: {
      parsers?: Record<number, (text: string) => unknown>
      serializers?: Record<number, (value: unknown) => string>
    },
  ): Promise<{
    rows: Record<string, unknown>[]
    affectedRows?: number
    fields: readonly PgliteField[]
  }>
  /** Sends a message of PostgreSQL's protocol. */
  execProtocol?(
    message: Uint8Array,
    options: { readonly syncToFs: boolean },
  ): Promise<{ readonly messages: readonly { readonly name: string }[] }>
  runExclusive?<T>(work: () => Promise<T>): Promise<T>
  listen(channel: string, onNotify: () => void): Promise<() => Promise<void>>
  close(): Promise<void>
}
