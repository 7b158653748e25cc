import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import {
  PaymentCalls,
  type CallAnswer,
  type PaymentCall,
} from '../../../libs/orchestration/payment-calls.js';

/** The one envelope of all commands on a payment. */
export class RunPaymentCall extends Command<CallAnswer> {
  constructor(readonly call: PaymentCall) {
    super();
  }
}

@CommandHandler(RunPaymentCall)
export class PaymentHandler implements ICommandHandler<RunPaymentCall> {
  constructor(private readonly calls: PaymentCalls) {}

  execute({ call }: RunPaymentCall): Promise<CallAnswer> {
    return this.calls.execute(call);
  }
}
