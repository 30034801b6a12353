package conformance;

import static conformance.Conformance.check;
import static conformance.Scene.message;

import checks.Expect;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.client.producer.LocalTransactionState;
import org.apache.rocketmq.client.producer.SendStatus;
import org.apache.rocketmq.client.producer.TransactionListener;
import org.apache.rocketmq.client.producer.TransactionMQProducer;
import org.apache.rocketmq.client.producer.TransactionSendResult;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageExt;
import org.apache.rocketmq.remoting.protocol.RemotingCommand;
import org.apache.rocketmq.remoting.protocol.RequestCode;
import org.apache.rocketmq.remoting.protocol.ResponseCode;

/**
 * TransactionMQProducer: half messages, their ends and the check-back. Waits fit the defaults of the original (immune
 * for 6 s, checks each 30 s); a broker that was told to check sooner only makes it faster.
 */
class Transactions {
  private static final int CHECKED_SECONDS = 75;
  private static final int COMMIT = 8;
  private static final int ROLLBACK = 12;

  static void checks() {
    check("transaction unknown, then checked and committed", scene -> {
      checked(scene, LocalTransactionState.COMMIT_MESSAGE, 1);
    });
    check("transaction unknown, then checked and rolled back", scene -> {
      checked(scene, LocalTransactionState.ROLLBACK_MESSAGE, 0);
    });

    check("transaction unknown at the first check too", scene -> {
      String topic = scene.topic(1);
      Inbox inbox = scene.inbox(topic);
      Judge judge = new Judge(LocalTransactionState.UNKNOW, times -> {
        return times == 1 ? LocalTransactionState.UNKNOW : LocalTransactionState.COMMIT_MESSAGE;
      });
      begin(scene, scene.group(), topic, judge).sendMessageInTransaction(message(topic, "in doubt"), null);
      inbox.waitFor(1, 110);
      Expect.equal(judge.checked.size(), 2);
      boolean same = judge.checked.get(0).getMsgId().equals(judge.checked.get(1).getMsgId());
      scene.fact("its place", same ? "the same" : "another one for each check");
      inbox.staysAt(1, 1000);
    });

    check("transaction checked with another producer of the group", scene -> {
      String topic = scene.topic(1);
      String group = scene.group();
      Inbox inbox = scene.inbox(topic);
      Judge gone = new Judge(LocalTransactionState.UNKNOW, times -> LocalTransactionState.ROLLBACK_MESSAGE);
      TransactionMQProducer first = begin(scene, group, topic, gone);
      first.sendMessageInTransaction(message(topic, "inherited"), null);
      first.shutdown();
      Judge judge = new Judge(LocalTransactionState.UNKNOW, times -> LocalTransactionState.COMMIT_MESSAGE);
      begin(scene, group, topic, judge);
      inbox.waitFor(1, CHECKED_SECONDS);
      Expect.equal(judge.checked.size(), 1);
      Expect.equal(gone.checked.size(), 0);
    });

    check("transaction slow, and checked meanwhile", scene -> {
      String topic = scene.topic(1);
      Inbox inbox = scene.inbox(topic);
      Judge judge = new Judge(LocalTransactionState.COMMIT_MESSAGE, times -> LocalTransactionState.COMMIT_MESSAGE);
      judge.untilChecked = true;
      TransactionMQProducer producer = begin(scene, scene.group(), topic, judge);
      producer.sendMessageInTransaction(message(topic, "slow"), null);
      inbox.waitFor(1, 10);
      Expect.pause(2000);
      Expect.that(inbox.size() == 1, "delivered " + inbox.size() + " times");
    });

    check("transaction a listener that fails decides nothing", scene -> {
      String topic = scene.topic(1);
      Inbox inbox = scene.inbox(topic);
      Judge judge = new Judge(null, times -> LocalTransactionState.COMMIT_MESSAGE);
      TransactionSendResult result =
          begin(scene, scene.group(), topic, judge).sendMessageInTransaction(message(topic, "failed"), null);
      Expect.equal(result.getLocalTransactionState(), LocalTransactionState.UNKNOW);
      inbox.waitFor(1, CHECKED_SECONDS);
      Expect.equal(judge.checked.size(), 1);
    });

    check("transaction checked no sooner than the message says", scene -> {
      String topic = scene.topic(1);
      Inbox inbox = scene.inbox(topic);
      Judge judge = new Judge(LocalTransactionState.UNKNOW, times -> LocalTransactionState.COMMIT_MESSAGE);
      Message message = message(topic, "immune");
      message.putUserProperty("CHECK_IMMUNITY_TIME_IN_SECONDS", "12");
      long before = System.currentTimeMillis();
      begin(scene, scene.group(), topic, judge).sendMessageInTransaction(message, null);
      inbox.waitFor(1, CHECKED_SECONDS);
      Expect.between(inbox.time(0) - before, 11_500, 70_000, "ms until it was checked");
    });

    check("transaction committed", scene -> {
      String topic = scene.topic(4);
      Inbox inbox = scene.inbox(topic);
      Judge judge = new Judge(LocalTransactionState.COMMIT_MESSAGE, times -> LocalTransactionState.ROLLBACK_MESSAGE);
      TransactionMQProducer producer = begin(scene, scene.group(), topic, judge);
      Message message = new Message(topic, "T", "key", "committed".getBytes());
      message.putUserProperty("mine", "kept");
      TransactionSendResult result = producer.sendMessageInTransaction(message, "argument");
      Expect.equal(result.getSendStatus(), SendStatus.SEND_OK);
      Expect.equal(result.getLocalTransactionState(), LocalTransactionState.COMMIT_MESSAGE);
      Expect.equal(result.getTransactionId(), result.getMsgId());
      Expect.equal(judge.argument, "argument");
      inbox.waitFor(1);
      MessageExt got = inbox.get(0);
      Expect.equal(Scene.text(got), "committed");
      Expect.equal(got.getMsgId(), result.getMsgId());
      Expect.equal(got.getTransactionId(), result.getTransactionId());
      Expect.equal(got.getTags(), "T");
      Expect.equal(got.getKeys(), "key");
      Expect.equal(got.getUserProperty("mine"), "kept");
      Expect.equal(got.getQueueId(), result.getMessageQueue().getQueueId());
      scene.fact("message", Raw.shape(got));
      inbox.staysAt(1, 1000);
    });

    check("transaction rolled back", scene -> {
      String topic = scene.topic(1);
      Inbox inbox = scene.inbox(topic);
      Judge judge = new Judge(LocalTransactionState.ROLLBACK_MESSAGE, times -> LocalTransactionState.COMMIT_MESSAGE);
      TransactionMQProducer producer = begin(scene, scene.group(), topic, judge);
      TransactionSendResult result = producer.sendMessageInTransaction(message(topic, "never"), null);
      Expect.equal(result.getLocalTransactionState(), LocalTransactionState.ROLLBACK_MESSAGE);
      producer.send(message(topic, "ordinary"));
      inbox.settlesAt(1);
      Expect.equal(inbox.texts().get(0), "ordinary");
    });

    check("transaction many at once, every third rolled back", scene -> {
      String topic = scene.topic(4);
      Inbox inbox = scene.inbox(topic);
      TransactionMQProducer producer = scene.transactional(scene.group());
      producer.setTransactionListener(new Judge(null, times -> LocalTransactionState.UNKNOW) {
        @Override
        public LocalTransactionState executeLocalTransaction(Message message, Object number) {
          boolean third = (int) number % 3 == 0;
          return third ? LocalTransactionState.ROLLBACK_MESSAGE : LocalTransactionState.COMMIT_MESSAGE;
        }
      });
      scene.started(producer);
      for (int n = 0; n < 90; n++) producer.sendMessageInTransaction(message(topic, "value " + n), n);
      inbox.settlesAt(60);
      Expect.equal(inbox.texts().stream().distinct().count(), 60L);
    });

    check("transaction committed twice", scene -> {
      Raw raw = new Raw(scene.producer());
      String topic = scene.topic(1);
      Inbox inbox = scene.inbox(topic);
      String group = scene.group();
      Half half = Half.send(raw, group, topic, "1");
      scene.fact("by another group", Raw.shape(half.end(raw, group + "x", COMMIT)));
      Expect.equal(half.end(raw, group, COMMIT).getCode(), ResponseCode.SUCCESS);
      inbox.waitFor(1);
      scene.fact("again", Raw.shape(half.end(raw, group, COMMIT)));
      scene.fact("rolled back after it", Raw.shape(half.end(raw, group, ROLLBACK)));
      Expect.pause(1500);
      Expect.that(inbox.size() == 1, "delivered " + inbox.size() + " times");
    });

    check("transaction committed after it was rolled back", scene -> {
      Raw raw = new Raw(scene.producer());
      String topic = scene.topic(1);
      Inbox inbox = scene.inbox(topic);
      String group = scene.group();
      Half half = Half.send(raw, group, topic, "2");
      Expect.equal(half.end(raw, group, ROLLBACK).getCode(), ResponseCode.SUCCESS);
      scene.fact("again", Raw.shape(half.end(raw, group, ROLLBACK)));
      RemotingCommand late = half.end(raw, group, COMMIT);
      scene.fact("committed after it", Raw.shape(late));
      Expect.pause(1500);
      Expect.that(late.getCode() != ResponseCode.SUCCESS, "the commit was accepted");
      Expect.that(inbox.size() == 0, "delivered all the same");
    });
  }

  private static void checked(Scene scene, LocalTransactionState answer, int delivered) throws Exception {
    String topic = scene.topic(1);
    Inbox inbox = scene.inbox(topic);
    Judge judge = new Judge(LocalTransactionState.UNKNOW, times -> answer);
    TransactionMQProducer producer = begin(scene, scene.group(), topic, judge);
    Message message = new Message(topic, "T", "key", "in doubt".getBytes());
    TransactionSendResult result = producer.sendMessageInTransaction(message, null);
    Expect.soon(CHECKED_SECONDS, () -> judge.checked.size() == 1, () -> judge.checked.size() + " checks");
    MessageExt asked = judge.checked.get(0);
    Expect.equal(asked.getTopic(), topic);
    Expect.equal(Scene.text(asked), "in doubt");
    Expect.equal(asked.getTransactionId(), result.getTransactionId());
    Expect.equal(asked.getTags(), "T");
    Expect.equal(asked.getProperty("TRANSACTION_CHECK_TIMES"), "1");
    scene.fact("asked about", Raw.shape(asked));
    if (delivered > 0) inbox.waitFor(delivered);
    inbox.staysAt(delivered, 1500);
  }

  private static TransactionMQProducer begin(Scene scene, String group, String topic, Judge judge) throws Exception {
    TransactionMQProducer producer = scene.transactional(group);
    producer.setTransactionListener(judge);
    // Without a topic, a client that has sent nothing knows no broker to be known to.
    producer.setTopics(List.of(topic));
    scene.started(producer);
    return producer;
  }

  /** A half message by raw requests, whose end can be told as often as wanted. */
  private record Half(String topic, String unique, long tableOffset, long logOffset) {
    static Half send(Raw raw, String group, String topic, String digit) throws Exception {
      String unique = "7F0000010002" + digit.repeat(20);
      String properties = "TRAN_MSG\u0001true\u0002PGROUP\u0001" + group + "\u0002UNIQ_KEY\u0001" + unique;
      Object[] prepared = Raw.send(group, topic, 0, 4, properties);
      RemotingCommand answer = raw.broker(RequestCode.SEND_MESSAGE, Raw.bytes("half"), prepared);
      Map<String, String> fields = answer.getExtFields();
      long offset = Raw.locator(fields.get("msgId")).getOffset();
      return new Half(topic, unique, Long.parseLong(fields.get("queueOffset")), offset);
    }

    RemotingCommand end(Raw raw, String group, int decision) throws Exception {
      return raw.broker(RequestCode.END_TRANSACTION, "topic", topic, "producerGroup", group, "tranStateTableOffset",
          tableOffset, "commitLogOffset", logOffset, "commitOrRollback", decision, "fromTransactionCheck", false,
          "msgId", unique, "transactionId", unique);
    }
  }

  /** Decides as it was told, and keeps what it was asked about. */
  private static class Judge implements TransactionListener {
    final Map<Integer, MessageExt> checked = new ConcurrentHashMap<>();
    final AtomicInteger times = new AtomicInteger();
    final LocalTransactionState first;
    final Function<Integer, LocalTransactionState> then;
    volatile Object argument;
    volatile boolean untilChecked = false;

    Judge(LocalTransactionState first, Function<Integer, LocalTransactionState> then) {
      this.first = first;
      this.then = then;
    }

    @Override
    public LocalTransactionState executeLocalTransaction(Message message, Object given) {
      argument = given;
      if (first == null) throw new IllegalStateException("the local transaction failed");
      if (untilChecked) Expect.soon(CHECKED_SECONDS, () -> checked.size() > 0, () -> "no check");
      return first;
    }

    @Override
    public LocalTransactionState checkLocalTransaction(MessageExt message) {
      int count = times.incrementAndGet();
      checked.put(count - 1, message);
      return then.apply(count);
    }
  }
}
