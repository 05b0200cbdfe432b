import { ApprovalSettings } from '@gatehouse/approval';
import { BusConsumer } from '@gatehouse/bus';
import { EventStore } from '@gatehouse/event-store';
import { grpcClient, type ServiceDefinition } from '@gatehouse/grpc';
import { HostGuard } from '@gatehouse/hosts';
import { Clock, Ids } from '@gatehouse/kernel';
import { openTls, PgPool, PlatformModule, ServiceLog, ServiceRuntime } from '@gatehouse/platform';
import { createPool } from '@gatehouse/postgres';
import { Inbox } from '@gatehouse/projections';
import { meteringV1, provisioningV1, registryV1 } from '@gatehouse/proto-gen';
import { TOPICS } from '@gatehouse/topology';
import {
  type BeforeApplicationShutdown,
  type DynamicModule,
  Module,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
  type Provider,
} from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import { fromBusUsage } from './adapters/bus/usage-messages';
import { meteringEventCodec } from './adapters/events/budget-event.codec';
import { BooksController } from './adapters/grpc/books.controller';
import { BudgetController } from './adapters/grpc/budget.controller';
import { LeaseController } from './adapters/grpc/lease.controller';
import { LedgerController } from './adapters/grpc/ledger.controller';
import { UsageController } from './adapters/grpc/usage.controller';
import { SealedWebhookSecrets } from './adapters/crypto/sealed-webhook-secrets';
import { WebhookController } from './adapters/grpc/webhook.controller';
import { HttpWebhookSender } from './adapters/http/http-webhook-sender';
import { PostgresWebhooks } from './adapters/postgres/postgres-webhooks';
import { limitsProjection } from './adapters/postgres/limits.projection';
import { PostgresApprovalSettings } from './adapters/postgres/postgres-approval-settings';
import { PostgresBooks } from './adapters/postgres/postgres-books';
import { PostgresJournalNews } from './adapters/postgres/postgres-journal-news';
import { LedgerClock } from './adapters/postgres/ledger-clock';
import { PostgresLedger, timeOf } from './adapters/postgres/postgres-ledger';
import { PostgresLimitAccounts } from './adapters/postgres/postgres-limit-accounts';
import { PostgresPendingEvents } from './adapters/postgres/postgres-pending-events';
import { PostgresRecordedUsage } from './adapters/postgres/postgres-recorded-usage';
import { PostgresReratings } from './adapters/postgres/postgres-reratings';
import { PostgresUsageAccounts } from './adapters/postgres/postgres-usage-accounts';
import { PostgresUsageAdjustments } from './adapters/postgres/postgres-usage-adjustments';
import { PostgresUsageMonths } from './adapters/postgres/postgres-usage-months';
import { PostgresUsageRollups } from './adapters/postgres/postgres-usage-rollups';
import { PostgresWaitingLines } from './adapters/postgres/postgres-waiting-lines';
import { recordUsage } from './adapters/postgres/record-usage';
import { UsageSeriesIds } from './adapters/postgres/usage-series-ids';
import { Books } from './app/books/books.ports';
import { NightlyReconciliation } from './app/books/nightly-reconciliation.process';
import { RebuildCountersHandler } from './app/books/rebuild-counters.handler';
import { ReconcileHandler } from './app/books/reconcile.handler';
import { GrpcProposalDesk } from './adapters/provisioning/grpc-proposal-desk';
import { GrpcPriceBooks } from './adapters/registry/grpc-price-books';
import { BeginJournalHandler } from './app/journal/begin-journal.handler';
import { ListJournalsHandler } from './app/journal/list-journals.handler';
import { RecoverLedgerHandler } from './app/journal/recover-ledger.handler';
import { ReleaseQuarantineHandler } from './app/journal/release-quarantine.handler';
import { JournalController } from './adapters/grpc/journal.controller';
import { PostgresJournalAccounts } from './adapters/postgres/postgres-journal-accounts';
import { ExchangeHandler } from './app/journal/exchange.handler';
import { JournalAccounts, JournalNews, RecordedUsage, WaitingLines } from './app/journal/journal.ports';
import { LineKeeper } from './app/journal/line-keeper.process';
import { NoticeBoard } from './app/journal/notice-board';
import { AskLeaseHandler } from './app/lease/ask-lease.handler';
import { BudgetEventPublisher } from './app/lease/budget-event-publisher.process';
import { LeaseWatch } from './app/lease/lease-watch.process';
import { Ledger, PendingEvents } from './app/lease/lease.ports';
import { TellLedgerHandler } from './app/lease/tell-ledger.handler';
import { BudgetWatch } from './app/limit/budget-watch.process';
import { CarryOutCorrectionHandler } from './app/limit/carry-out-correction.handler';
import { CarryOutResetHandler } from './app/limit/carry-out-reset.handler';
import { ReleaseHeldHandler } from './app/limit/release-held.handler';
import { ResetBudgetHandler } from './app/limit/reset-budget.handler';
import { WaiveDoubtHandler } from './app/limit/waive-doubt.handler';
import { GetBudgetHandler } from './app/limit/get-budget.handler';
import { LimitAccounts, ProposalDesk } from './app/limit/limit.ports';
import { ListLimitStatesHandler } from './app/limit/list-limit-states.handler';
import { AdjustUsageHandler } from './app/usage/adjust-usage.handler';
import { GetReratingHandler } from './app/usage/get-rerating.handler';
import { GetUsageHandler } from './app/usage/get-usage.handler';
import { ListLastCallsHandler } from './app/usage/list-last-calls.handler';
import { PreviewReratingHandler } from './app/usage/preview-rerating.handler';
import { Rating } from './app/usage/rating';
import { RerateUsageHandler } from './app/usage/rerate-usage.handler';
import { PriceBooks, Reratings } from './app/usage/rerating.ports';
import { ReratingProcess } from './app/usage/rerating.process';
import { ReplayUsageHandler } from './app/usage/replay-usage.handler';
import { ListUsageRecordsHandler } from './app/usage/list-usage-records.handler';
import { MonthsAhead } from './app/usage/months-ahead.process';
import { UsageAccounts, UsageAdjustments, UsageMonths, UsageRollups } from './app/usage/usage.ports';
import { UsageRollup } from './app/usage/usage-rollup.process';
import { AddWebhookHandler } from './app/webhook/add-webhook.handler';
import { ListWebhooksHandler } from './app/webhook/list-webhooks.handler';
import { RemoveWebhookHandler } from './app/webhook/remove-webhook.handler';
import { RotateWebhookSecretHandler } from './app/webhook/rotate-webhook-secret.handler';
import { TestWebhookHandler } from './app/webhook/test-webhook.handler';
import { WebhookDeliveries } from './app/webhook/webhook-deliveries.process';
import { Webhooks, WebhookSecrets, WebhookSender } from './app/webhook/webhook.ports';
import type { LeaseTerms } from './domain/lease/lease';
import type { MeteringConfig } from './metering.config';

/** What metering serves. */
export const METERING_SERVICES: Readonly<Record<string, ServiceDefinition>> = {
  'gatehouse.metering.v1.BooksService': meteringV1.BooksServiceService,
  'gatehouse.metering.v1.JournalService': meteringV1.JournalServiceService,
  'gatehouse.metering.v1.LeaseService': meteringV1.LeaseServiceService,
  'gatehouse.metering.v1.LedgerService': meteringV1.LedgerServiceService,
  'gatehouse.metering.v1.UsageService': meteringV1.UsageServiceService,
  'gatehouse.metering.v1.BudgetService': meteringV1.BudgetServiceService,
  'gatehouse.metering.v1.WebhookService': meteringV1.WebhookServiceService,
};

const HANDLERS = [
  BeginJournalHandler,
  ListJournalsHandler,
  RecoverLedgerHandler,
  ReleaseQuarantineHandler,
  ExchangeHandler,
  AskLeaseHandler,
  TellLedgerHandler,
  ListLimitStatesHandler,
  GetBudgetHandler,
  ResetBudgetHandler,
  CarryOutCorrectionHandler,
  CarryOutResetHandler,
  WaiveDoubtHandler,
  ReleaseHeldHandler,
  ListUsageRecordsHandler,
  GetUsageHandler,
  ListLastCallsHandler,
  ReplayUsageHandler,
  AdjustUsageHandler,
  RerateUsageHandler,
  PreviewReratingHandler,
  GetReratingHandler,
  ReconcileHandler,
  RebuildCountersHandler,
  AddWebhookHandler,
  ListWebhooksHandler,
  RemoveWebhookHandler,
  RotateWebhookSecretHandler,
  TestWebhookHandler,
];

/** Of questions that may take long: whoever asks them takes no connection from what calls wait for. */
class ReportingPool extends PgPool {}
const REPORTS_AT_ONCE = 4;

@Module({})
export class MeteringModule
  implements OnApplicationBootstrap, BeforeApplicationShutdown, OnApplicationShutdown
{
  constructor(
    private readonly usage: Inbox,
    private readonly months: MonthsAhead,
    private readonly rollup: UsageRollup,
    private readonly watch: LeaseWatch,
    private readonly lines: LineKeeper,
    private readonly budgets: BudgetWatch,
    private readonly publisher: BudgetEventPublisher,
    private readonly nights: NightlyReconciliation,
    private readonly webhooks: WebhookDeliveries,
    private readonly reratings: ReratingProcess,
    private readonly ledger: PostgresLedger,
    private readonly reports: ReportingPool,
  ) {}

  static forConfig(config: MeteringConfig): DynamicModule {
    return {
      module: MeteringModule,
      imports: [
        CqrsModule.forRoot(),
        PlatformModule.forService({
          name: 'metering',
          config,
          projections: [limitsProjection],
          accessSource: 'bus',
        }),
      ],
      controllers: [
        LeaseController,
        JournalController,
        LedgerController,
        UsageController,
        BudgetController,
        BooksController,
        WebhookController,
      ],
      providers: [
        ...HANDLERS,
        ...ledgerProviders(config),
        ...lineProviders(),
        ...accountProviders(config),
        ...usageProviders(),
        ...webhookProviders(config),
        proposalDesk(config),
        ...ratingProviders(config),
      ],
    };
  }

  onApplicationBootstrap(): void {
    this.usage.start();
    this.months.start();
    this.rollup.start();
    this.watch.start();
    this.lines.start();
    this.budgets.start();
    this.publisher.start();
    this.nights.start();
    this.webhooks.start();
    this.reratings.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    const processes = [
      this.usage,
      this.months,
      this.rollup,
      this.watch,
      this.lines,
      this.budgets,
      this.publisher,
      this.nights,
      this.webhooks,
      this.reratings,
    ];
    await Promise.all(processes.map((each) => each.stop()));
  }

  /** Only once no call is under way any more. */
  async onApplicationShutdown(): Promise<void> {
    await this.ledger.close();
    await this.reports.pool.end();
  }
}

const termsOf = (config: MeteringConfig): LeaseTerms => ({
  ttlMs: config.GATEHOUSE_LEASE_TTL_MS,
  marginMs: config.GATEHOUSE_LEASE_MARGIN_MS,
});

/** Limits change seldom: one look at all of them for so many at what fell silent. */
const BUDGETS_EVERY = 5;

const ledgerProviders = (config: MeteringConfig): Provider[] => [
  {
    provide: PendingEvents,
    useFactory: (pool: PgPool, clock: Clock) => new PostgresPendingEvents(pool, clock),
    inject: [PgPool, Clock],
  },
  {
    provide: BudgetEventPublisher,
    useFactory: (pending: PendingEvents, store: EventStore, ids: Ids, clock: Clock, log: ServiceLog) =>
      new BudgetEventPublisher(pending, store, meteringEventCodec, ids, clock, log, {
        everyMs: config.GATEHOUSE_LEASE_SWEEP_MS,
      }),
    inject: [PendingEvents, EventStore, Ids, Clock, ServiceLog],
  },
  {
    provide: LedgerClock,
    useFactory: ({ pool }: PgPool, clock: Clock, log: ServiceLog) =>
      new LedgerClock(() => timeOf(pool), clock, log),
    inject: [PgPool, Clock, ServiceLog],
  },
  {
    provide: PostgresLedger,
    useFactory: ({ pool }: PgPool, clock: LedgerClock, publisher: BudgetEventPublisher) =>
      new PostgresLedger({
        pool,
        clock,
        terms: termsOf(config),
        onEvents: () => publisher.wake(),
      }),
    inject: [PgPool, LedgerClock, BudgetEventPublisher],
  },
  { provide: Ledger, useExisting: PostgresLedger },
  {
    provide: JournalAccounts,
    useFactory: (pool: PgPool, clock: LedgerClock) =>
      new PostgresJournalAccounts(pool, clock, termsOf(config)),
    inject: [PgPool, LedgerClock],
  },
  {
    provide: RecordedUsage,
    useFactory: (pool: PgPool, clock: LedgerClock, inbox: Inbox) =>
      new PostgresRecordedUsage(pool, clock, inbox),
    inject: [PgPool, LedgerClock, Inbox],
  },
  {
    provide: JournalNews,
    useFactory: (pool: PgPool) => new PostgresJournalNews(pool),
    inject: [PgPool],
  },
  {
    provide: BudgetWatch,
    useFactory: (ledger: Ledger, log: ServiceLog) =>
      new BudgetWatch(ledger, log, BUDGETS_EVERY * config.GATEHOUSE_LEASE_SWEEP_MS),
    inject: [Ledger, ServiceLog],
  },
  {
    provide: LeaseWatch,
    useFactory: (ledger: Ledger, log: ServiceLog) =>
      new LeaseWatch(ledger, log, config.GATEHOUSE_LEASE_SWEEP_MS),
    inject: [Ledger, ServiceLog],
  },
];

/** How late at most a raised limit or a new period is offered to those who wait, and another process's news are told. */
const LINES_LOOK_MS = 250;

const lineProviders = (): Provider[] => [
  NoticeBoard,
  {
    provide: WaitingLines,
    useFactory: (pool: PgPool, clock: LedgerClock) => new PostgresWaitingLines(pool, clock),
    inject: [PgPool, LedgerClock],
  },
  {
    provide: LineKeeper,
    useFactory: (ledger: PostgresLedger, lines: WaitingLines, board: NoticeBoard, log: ServiceLog) => {
      const keeper = new LineKeeper(ledger, lines, board, log, { everyMs: LINES_LOOK_MS });
      ledger.listen((moved) => keeper.linesMoved(moved));
      return keeper;
    },
    inject: [PostgresLedger, WaitingLines, NoticeBoard, ServiceLog],
  },
];

const webhookProviders = (config: MeteringConfig): Provider[] => [
  {
    provide: Webhooks,
    useFactory: (pool: PgPool, clock: Clock, publisher: BudgetEventPublisher) =>
      new PostgresWebhooks({
        ...{ pool, clock, onEvents: () => publisher.wake() },
        terms: {
          retryMs: config.GATEHOUSE_WEBHOOK_RETRY_MS,
          disableAfterMs: config.GATEHOUSE_WEBHOOK_DISABLE_AFTER_MS,
        },
      }),
    inject: [PgPool, Clock, BudgetEventPublisher],
  },
  {
    provide: WebhookSecrets,
    useFactory: () => new SealedWebhookSecrets(config.GATEHOUSE_INSTALLATION_SECRET),
  },
  {
    provide: WebhookSender,
    useFactory: () => new HttpWebhookSender(new HostGuard(config.GATEHOUSE_PRIVATE_HOSTS)),
  },
  {
    provide: WebhookDeliveries,
    useFactory: (
      webhooks: Webhooks,
      secrets: WebhookSecrets,
      sender: WebhookSender,
      clock: Clock,
      log: ServiceLog,
    ) => new WebhookDeliveries(webhooks, { secrets, sender, clock }, log),
    inject: [Webhooks, WebhookSecrets, WebhookSender, Clock, ServiceLog],
  },
];

const proposalDesk = (config: MeteringConfig): Provider => ({
  provide: ProposalDesk,
  useFactory: (log: ServiceLog) =>
    new GrpcProposalDesk(
      grpcClient(provisioningV1.ProposalServiceClient, {
        address: config.GATEHOUSE_PROVISIONING_ADDRESS,
        serviceToken: config.GATEHOUSE_SERVICE_TOKEN,
        tls: openTls(config, log),
      }),
    ),
  inject: [ServiceLog],
});

const ratingProviders = (config: MeteringConfig): Provider[] => [
  Rating,
  {
    provide: PriceBooks,
    useFactory: (log: ServiceLog) =>
      new GrpcPriceBooks(
        grpcClient(registryV1.CatalogServiceClient, {
          address: config.GATEHOUSE_REGISTRY_ADDRESS,
          serviceToken: config.GATEHOUSE_SERVICE_TOKEN,
          tls: openTls(config, log),
        }),
      ),
    inject: [ServiceLog],
  },
  {
    provide: Reratings,
    useFactory: (pool: PgPool, clock: Clock, series: UsageSeriesIds, publisher: BudgetEventPublisher) =>
      new PostgresReratings({ pool, clock, series, onEvents: () => publisher.wake() }),
    inject: [PgPool, Clock, UsageSeriesIds, BudgetEventPublisher],
  },
  {
    provide: ReratingProcess,
    useFactory: (reratings: Reratings, log: ServiceLog) => new ReratingProcess(reratings, log),
    inject: [Reratings, ServiceLog],
  },
];

const accountProviders = (config: MeteringConfig): Provider[] => [
  {
    provide: ReportingPool,
    useFactory: (log: ServiceLog) =>
      new ReportingPool(
        createPool(config.GATEHOUSE_DATABASE_URL, {
          ...{ name: 'metering reports', max: REPORTS_AT_ONCE, kept: 0 },
          log,
        }),
      ),
    inject: [ServiceLog],
  },
  {
    provide: Books,
    useFactory: (pool: ReportingPool, clock: Clock) => new PostgresBooks(pool, clock),
    inject: [ReportingPool, Clock],
  },
  {
    provide: NightlyReconciliation,
    useFactory: (books: Books, clock: Clock, log: ServiceLog) => new NightlyReconciliation(books, clock, log),
    inject: [Books, Clock, ServiceLog],
  },
  { provide: ApprovalSettings, useClass: PostgresApprovalSettings },
  {
    provide: LimitAccounts,
    useFactory: (pool: PgPool, clock: LedgerClock) => new PostgresLimitAccounts(pool, clock),
    inject: [PgPool, LedgerClock],
  },
  {
    provide: UsageAccounts,
    useFactory: (pool: ReportingPool) => new PostgresUsageAccounts(pool),
    inject: [ReportingPool],
  },
  {
    provide: UsageAdjustments,
    useFactory: (pool: PgPool, clock: Clock, series: UsageSeriesIds, publisher: BudgetEventPublisher) =>
      new PostgresUsageAdjustments({ pool, clock, series, onEvents: () => publisher.wake() }),
    inject: [PgPool, Clock, UsageSeriesIds, BudgetEventPublisher],
  },
];

/** What takes usage off the bus, and counts it. */
const usageProviders = (): Provider[] => [
  {
    provide: Inbox,
    useFactory: (
      { pool }: PgPool,
      consumer: BusConsumer,
      log: ServiceLog,
      months: UsageMonths,
      series: UsageSeriesIds,
      runtime: ServiceRuntime,
    ) => {
      const inbox = new Inbox({
        name: 'usage',
        topics: [TOPICS.usage],
        // As much as Kafka hands out of a partition at once: who is behind moves each counter once for many records, and decodes some
        // while the database takes others (ADR 92).
        batchMax: 2_500,
        partitionsAtOnce: 2,
        pool,
        schema: 'metering',
        consumer,
        log,
        handle: (tx, messages) => recordUsage(tx, { months, series }, messages.map(fromBusUsage)),
      });
      runtime.add(inbox);
      return inbox;
    },
    inject: [PgPool, BusConsumer, ServiceLog, UsageMonths, UsageSeriesIds, ServiceRuntime],
  },
  {
    provide: UsageSeriesIds,
    useFactory: (pool: PgPool) => new UsageSeriesIds(pool),
    inject: [PgPool],
  },
  {
    provide: UsageMonths,
    useFactory: (pool: PgPool) => new PostgresUsageMonths(pool),
    inject: [PgPool],
  },
  {
    provide: MonthsAhead,
    useFactory: (months: UsageMonths, clock: Clock, log: ServiceLog) => new MonthsAhead(months, clock, log),
    inject: [UsageMonths, Clock, ServiceLog],
  },
  {
    provide: UsageRollups,
    useFactory: (pool: PgPool) => new PostgresUsageRollups(pool),
    inject: [PgPool],
  },
  {
    provide: UsageRollup,
    useFactory: (rollups: UsageRollups, clock: Clock, log: ServiceLog) =>
      new UsageRollup(rollups, clock, log),
    inject: [UsageRollups, Clock, ServiceLog],
  },
];
