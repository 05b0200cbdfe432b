import { type GrpcController, GrpcService, largerRequest, Requires, SMALL_REQUEST } from '@gatehouse/grpc';
import { meteringV1 } from '@gatehouse/proto-gen';
import { CommandBus } from '@nestjs/cqrs';
import { AskLeaseCommand } from '../../app/lease/ask-lease.handler';
import { TellLedgerCommand } from '../../app/lease/tell-ledger.handler';
import {
  fromProtoAskLease,
  fromProtoCloseLease,
  fromProtoOpenJournal,
  fromProtoRenewLeases,
  fromProtoReturnLease,
  toProtoAskOutcome,
  toProtoOpenJournal,
  toProtoRenewal,
} from './lease-conversion';

/** 10,000 lease ids. */
const RENEWAL_REQUEST = largerRequest({ kibibytes: 512, fieldsMax: 10_240 });

/** Leases, for gateways. */
@GrpcService('LedgerService', meteringV1.LedgerServiceService)
export class LedgerController implements GrpcController<typeof meteringV1.LedgerServiceService> {
  constructor(private readonly commands: CommandBus) {}

  @Requires('service.gateway', SMALL_REQUEST)
  async openJournal(request: meteringV1.OpenJournalRequest): Promise<meteringV1.OpenJournalResponse> {
    return toProtoOpenJournal(
      await this.commands.execute(new TellLedgerCommand(fromProtoOpenJournal(request))),
    );
  }

  @Requires('service.gateway', SMALL_REQUEST)
  async askLease(request: meteringV1.AskLeaseRequest): Promise<meteringV1.AskLeaseResponse> {
    return toProtoAskOutcome(await this.commands.execute(new AskLeaseCommand(fromProtoAskLease(request))));
  }

  @Requires('service.gateway', RENEWAL_REQUEST)
  async renewLeases(request: meteringV1.RenewLeasesRequest): Promise<meteringV1.RenewLeasesResponse> {
    return toProtoRenewal(await this.commands.execute(new TellLedgerCommand(fromProtoRenewLeases(request))));
  }

  @Requires('service.gateway', SMALL_REQUEST)
  async returnLease(request: meteringV1.ReturnLeaseRequest): Promise<meteringV1.ReturnLeaseResponse> {
    await this.commands.execute(new TellLedgerCommand(fromProtoReturnLease(request)));
    return {};
  }

  @Requires('service.gateway', SMALL_REQUEST)
  async closeLease(request: meteringV1.CloseLeaseRequest): Promise<meteringV1.CloseLeaseResponse> {
    await this.commands.execute(new TellLedgerCommand(fromProtoCloseLease(request)));
    return {};
  }
}
