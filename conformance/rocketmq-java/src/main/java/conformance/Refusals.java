package conformance;

import static conformance.Conformance.check;
import static conformance.Scene.message;

import checks.Expect;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.consumer.MessageSelector;
import org.apache.rocketmq.client.exception.MQBrokerException;
import org.apache.rocketmq.client.exception.MQClientException;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.remoting.protocol.ResponseCode;

/** What must be refused, and how the client tells it. */
class Refusals {
  static void checks() {
    check("refused a body that is too large", scene -> {
      DefaultMQProducer producer = scene.producer();
      String topic = scene.topic(1);
      producer.setCompressMsgBodyOverHowmuch(Integer.MAX_VALUE);
      producer.setMaxMessageSize(16 << 20);
      producer.setSendMsgTimeout(10_000);
      Message large = new Message(topic, new byte[(4 << 20) + 1]);
      Expect.equal(Expect.failure(MQBrokerException.class, () -> producer.send(large)).getResponseCode(),
          ResponseCode.MESSAGE_ILLEGAL);
      scene.fact("answer", Scene.ending(() -> producer.send(large)));
      Scene.sent(producer.send(message(topic, "goes on")));
    });

    check("refused properties that are too large", scene -> {
      DefaultMQProducer producer = scene.producer();
      String topic = scene.topic(1);
      Message message = message(topic, "x");
      message.putUserProperty("long", "v".repeat(40_000));
      Expect.equal(Expect.failure(MQBrokerException.class, () -> producer.send(message)).getResponseCode(),
          ResponseCode.MESSAGE_ILLEGAL);
      scene.fact("answer", Scene.ending(() -> producer.send(message)));
      Message fits = message(topic, "x");
      fits.putUserProperty("long", "v".repeat(32_000));
      Scene.sent(producer.send(fits));
    });

    check("refused names", scene -> {
      DefaultMQProducer producer = scene.producer();
      for (String name : new String[] {"", "with blank", "with.dot", "n".repeat(128)}) {
        Expect.failure(MQClientException.class, () -> producer.send(message(name, "x")));
        String shown = name.length() > 20 ? "of 128" : "'" + name + "'";
        scene.fact(shown, Scene.ending(() -> producer.send(message(name, "x"))));
      }
      scene.fact("a system topic", Scene.ending(() -> producer.send(message("TBW102", "x"))));
      scene.fact("empty body", Scene.ending(() -> producer.send(message("rj_empty", ""))));
      Scene.sent(producer.send(message(Scene.fresh("N" + "n".repeat(90)), "x")));
    });

    check("refused a topic that is not there and is not made", scene -> {
      DefaultMQProducer producer = scene.producer();
      producer.setCreateTopicKey("rj_no_such_key");
      Message message = message(Scene.fresh("missing"), "x");
      Expect.failure(MQClientException.class, () -> producer.send(message));
      scene.fact("answer", Scene.ending(() -> producer.send(message)));
    });

    check("refused to write or to read where that is not permitted", scene -> {
      DefaultMQProducer producer = scene.producer();
      Raw raw = new Raw(producer);
      String topic = scene.topic(1);
      for (int permission : new int[] {4, 2}) {
        raw.broker(17, "topic", topic, "defaultTopic", "TBW102", "readQueueNums", 1, "writeQueueNums", 1,
            "perm", permission, "topicFilterType", "SINGLE_TAG", "topicSysFlag", 0, "order", false);
        scene.fact("send with " + permission, Raw.shape(raw.broker(10, Raw.bytes("x"),
            Raw.send(scene.group(), topic, 0, 0, ""))));
        scene.fact("pull with " + permission, Raw.shape(raw.broker(11, "consumerGroup", scene.group(), "topic", topic,
            "queueId", 0, "queueOffset", 0, "maxMsgNums", 32, "sysFlag", 4, "commitOffset", 0,
            "suspendTimeoutMillis", 0, "subscription", "*", "subVersion", 0, "expressionType", "TAG")));
      }
    });

    check("refused a selector that is not SQL", scene -> {
      String topic = scene.topic(1);
      DefaultMQPushConsumer consumer = scene.push(scene.group(), topic, "*");
      consumer.subscribe(topic, MessageSelector.bySql("price > > 3"));
      consumer.registerMessageListener(new Inbox().taking());
      scene.atEnd(consumer::shutdown);
      Expect.failure(MQClientException.class, consumer::start);
    });
  }
}
