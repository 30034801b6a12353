package conformance;

import static conformance.Conformance.check;
import static conformance.Scene.builder;
import static conformance.Scene.message;
import static conformance.Scene.received;
import static conformance.Scene.topic;

import checks.Expect;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.apache.rocketmq.client.apis.consumer.SimpleConsumer;
import org.apache.rocketmq.client.apis.message.Message;
import org.apache.rocketmq.client.apis.message.MessageView;
import org.apache.rocketmq.client.apis.producer.Producer;
import org.apache.rocketmq.client.apis.producer.SendReceipt;
import org.apache.rocketmq.client.apis.producer.Transaction;
import org.apache.rocketmq.client.apis.producer.TransactionResolution;

/** Transactions with a checker; waits fit the original's defaults. */
class Transactions {
  private static final int CHECKED_SECONDS = 75;

  static void checks() {
    check("transaction committed", scene -> {
      String topic = topic("TRANSACTION");
      SimpleConsumer consumer = scene.simple(Scene.group(), topic);
      Producer producer = scene.transactional(asked -> TransactionResolution.ROLLBACK, topic);
      Transaction transaction = producer.beginTransaction();
      Message sent = builder(topic, "committed").setTag("T").addProperty("mine", "kept").build();
      SendReceipt receipt = producer.send(sent, transaction);
      Expect.equal(consumer.receive(1, Scene.INVISIBLE).size(), 0);
      transaction.commit();
      MessageView message = received(consumer, 1).get(0);
      Expect.equal(message.getMessageId(), receipt.getMessageId());
      Expect.equal(message.getTag().orElse(""), "T");
      Expect.equal(message.getProperties().get("mine"), "kept");
      consumer.ack(message);
      scene.fact("committed again", Scene.ending(transaction::commit));
    });

    check("transaction rolled back", scene -> {
      String topic = topic("TRANSACTION");
      SimpleConsumer consumer = scene.simple(Scene.group(), topic);
      Producer producer = scene.transactional(asked -> TransactionResolution.COMMIT, topic);
      Transaction transaction = producer.beginTransaction();
      producer.send(message(topic, "never"), transaction);
      transaction.rollback();
      Expect.equal(consumer.receive(1, Scene.INVISIBLE).size(), 0);
    });

    check("transaction checked and committed", scene -> checked(scene, TransactionResolution.COMMIT, 1));
    check("transaction checked and rolled back", scene -> checked(scene, TransactionResolution.ROLLBACK, 0));

    check("transaction checked by another producer", scene -> {
      String topic = topic("TRANSACTION");
      SimpleConsumer consumer = scene.simple(Scene.group(), topic);
      Producer first = scene.transactional(asked -> TransactionResolution.ROLLBACK, topic);
      first.send(message(topic, "inherited"), first.beginTransaction());
      first.close();
      scene.transactional(asked -> TransactionResolution.COMMIT, topic);
      awaited(consumer);
    });

    check("transaction decided by the client after the check did", scene -> {
      String topic = topic("TRANSACTION");
      SimpleConsumer consumer = scene.simple(Scene.group(), topic);
      Producer producer = scene.transactional(asked -> TransactionResolution.COMMIT, topic);
      Transaction transaction = producer.beginTransaction();
      producer.send(message(topic, "late"), transaction);
      awaited(consumer);
      scene.fact("committed late", Scene.ending(transaction::commit));
      Expect.that(consumer.receive(16, Scene.INVISIBLE).isEmpty(), "delivered again");
    });

    check("transaction in a topic of another type", scene -> {
      String topic = topic("NORMAL");
      Producer producer = scene.transactional(asked -> TransactionResolution.COMMIT);
      Transaction transaction = producer.beginTransaction();
      scene.fact("answer", Scene.ending(() -> producer.send(message(topic, "x"), transaction)));
    });
  }

  private static void checked(Scene scene, TransactionResolution resolution, int delivered) throws Exception {
    String topic = topic("TRANSACTION");
    SimpleConsumer consumer = scene.simple(Scene.group(), topic);
    List<MessageView> asked = new CopyOnWriteArrayList<>();
    Producer producer = scene.transactional(message -> {
      asked.add(message);
      return resolution;
    }, topic);
    Message sent = builder(topic, "in doubt").setTag("T").setKeys("k").build();
    SendReceipt receipt = producer.send(sent, producer.beginTransaction());
    Expect.soon(CHECKED_SECONDS, () -> asked.size() == 1, () -> asked.size() + " checks");
    MessageView message = asked.get(0);
    Expect.equal(message.getMessageId(), receipt.getMessageId());
    Expect.equal(Scene.text(message), "in doubt");
    Expect.equal(message.getTag().orElse(""), "T");
    if (delivered > 0) awaited(consumer);
    Expect.equal(consumer.receive(1, Scene.INVISIBLE).size(), 0);
    Expect.equal(asked.size(), 1);
  }

  private static void awaited(SimpleConsumer consumer) {
    Expect.soon(CHECKED_SECONDS, () -> {
      try {
        List<MessageView> messages = consumer.receive(1, Scene.INVISIBLE);
        for (MessageView message : messages) consumer.ack(message);
        return !messages.isEmpty();
      } catch (Exception error) {
        throw new AssertionError(error.toString());
      }
    }, () -> "nothing came");
  }
}
