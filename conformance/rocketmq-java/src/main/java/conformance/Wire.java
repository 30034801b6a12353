package conformance;

import static conformance.Conformance.check;
import static conformance.Raw.bytes;
import static conformance.Raw.shape;
import static conformance.Raw.shapeBut;

import checks.Expect;
import java.util.Arrays;
import java.util.stream.Stream;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.remoting.protocol.RemotingCommand;
import org.apache.rocketmq.remoting.protocol.RequestCode;
import org.apache.rocketmq.remoting.protocol.ResponseCode;

/** Answers field by field, which clients of other languages read without this one's mercy. */
class Wire {
  private static final String NOWHERE = "rj_no_such_topic";

  static void checks() {
    check("wire what the name server tells of topics", scene -> {
      DefaultMQProducer producer = scene.producer();
      String topic = scene.topic(2);
      Raw raw = new Raw(producer);
      RemotingCommand route = raw.nameServer(RequestCode.GET_ROUTEINFO_BY_TOPIC, "topic", topic);
      Expect.equal(route.getCode(), ResponseCode.SUCCESS);
      scene.fact("route", Raw.json(route));
      RemotingCommand auto = raw.nameServer(RequestCode.GET_ROUTEINFO_BY_TOPIC, "topic", "TBW102");
      scene.fact("TBW102", Raw.json(auto));
      for (String system : new String[] {Scene.CLUSTER, "broker-a", Scene.CLUSTER + "_REPLY_TOPIC", "BenchmarkTest",
          "SELF_TEST_TOPIC", "RMQ_SYS_TRACE_TOPIC", "RMQ_SYS_TRANS_HALF_TOPIC", "SCHEDULE_TOPIC_XX" + "XX"}) {
        RemotingCommand answer = raw.nameServer(RequestCode.GET_ROUTEINFO_BY_TOPIC, "topic", system);
        String queues = answer.getCode() == 0 ? Raw.json(answer).replaceAll(".*\"queueDatas\":", "") : shape(answer);
        scene.fact(system, queues);
      }
      RemotingCommand missing = raw.nameServer(RequestCode.GET_ROUTEINFO_BY_TOPIC, "topic", NOWHERE);
      Expect.equal(missing.getCode(), ResponseCode.TOPIC_NOT_EXIST);
      scene.fact("missing", shape(missing));
      scene.fact("cluster", Raw.json(raw.nameServer(RequestCode.GET_BROKER_CLUSTER_INFO)));
      RemotingCommand noConfig =
          raw.nameServer(RequestCode.GET_KV_CONFIG, "namespace", "ORDER_TOPIC_CONFIG", "key", NOWHERE);
      scene.fact("no config", shape(noConfig));
      scene.fact("no such request", shape(raw.nameServer(4711)));
    });

    check("wire answers to sends", scene -> {
      DefaultMQProducer producer = scene.producer();
      String topic = scene.topic(1);
      Raw raw = new Raw(producer);
      String group = scene.group();
      String unique = "7F0000010001" + "0".repeat(20);
      RemotingCommand first = raw.broker(10, bytes("one"), Raw.send(group, topic, 0, 0, "UNIQ_KEY\u0001" + unique));
      Expect.equal(first.getCode(), ResponseCode.SUCCESS);
      scene.fact("send", shape(first));
      scene.fact("without a key of its own", shape(raw.broker(10, bytes("two"), Raw.send(group, topic, 0, 0, ""))));
      scene.fact("to any queue", shape(raw.broker(10, bytes("three"), Raw.send(group, topic, -1, 0, ""))));
      scene.fact("empty body", raw.broker(10, Raw.send(group, topic, 0, 0, "")).getCode());
      scene.fact("queue 7 of 1", shape(raw.broker(10, bytes("x"), Raw.send(group, topic, 7, 0, ""))));
      String half = "TRAN_MSG\u0001true\u0002PGROUP\u0001" + group + "\u0002UNIQ_KEY\u0001" + unique;
      scene.fact("prepared",
          shapeBut(raw.broker(10, bytes("x"), Raw.send(group, topic, 0, 4, half)), "queueOffset"));
      long due = System.currentTimeMillis() + 3000;
      String timed = "TIMER_DELIVER_MS\u0001" + due + "\u0002UNIQ_KEY\u0001" + unique;
      scene.fact("timer",
          shapeBut(raw.broker(10, bytes("x"), Raw.send(group, topic, 0, 0, timed)), "queueOffset", "recallHandle"));
      scene.fact("delay level",
          shapeBut(raw.broker(10, bytes("x"), Raw.send(group, topic, 0, 0, "DELAY\u00011")), "queueOffset"));
      scene.fact("a retry topic nobody made", shape(raw.broker(10, bytes("x"),
          Raw.send(group, "%RETRY%" + Scene.fresh("group"), 0, 0, ""))));
    });

    check("wire refused sends", scene -> {
      DefaultMQProducer producer = scene.producer();
      String topic = scene.topic(1);
      Raw raw = new Raw(producer);
      String group = scene.group();
      scene.fact("name with a blank", shape(raw.broker(10, bytes("x"), Raw.send(group, "a b", 0, 0, ""))));
      scene.fact("name of 128", shape(raw.broker(10, bytes("x"), Raw.send(group, "n".repeat(128), 0, 0, ""))));
      scene.fact("system topic", raw.broker(10, bytes("x"), Raw.send(group, "TBW102", 0, 0, "")).getCode());
      scene.fact("half topic",
          shape(raw.broker(10, bytes("x"), Raw.send(group, "RMQ_SYS_TRANS_HALF_TOPIC", 0, 0, ""))));
      Object[] elsewhere = Raw.send(group, Scene.fresh("topic"), 0, 0, "");
      elsewhere[5] = NOWHERE;
      RemotingCommand missing = raw.broker(10, bytes("x"), elsewhere);
      Expect.equal(missing.getCode(), ResponseCode.TOPIC_NOT_EXIST);
      scene.fact("made after no topic", shape(missing));
      scene.fact("body of 4 MiB and 1", shape(raw.broker(10, new byte[4 * 1024 * 1024 + 1],
          Raw.send(group, topic, 0, 0, ""))));
      scene.fact("properties of 40,000", shape(raw.broker(10, bytes("x"),
          Raw.send(group, topic, 0, 0, "a\u0001" + "v".repeat(40_000)))));
      scene.fact("no fields", raw.broker(10, bytes("x")).getCode());
      scene.fact("no such request", shape(raw.broker(4711)));
    });

    check("wire answers to pulls and offsets", scene -> {
      DefaultMQProducer producer = scene.producer();
      String topic = scene.topic(1);
      String group = scene.group();
      Raw raw = new Raw(producer);
      scene.fact("empty, at 0", shape(pull(raw, group, topic, 0, 0)));
      scene.fact("empty, at 5", shape(pull(raw, group, topic, 0, 5)));
      for (int n = 0; n < 3; n++) producer.send(Scene.message(topic, "value " + n));
      Expect.soon(() -> {
        try {
          return producer.maxOffset(Scene.queue(producer, topic, 0)) == 3;
        } catch (Exception notYet) {
          return false;
        }
      }, () -> "not three messages");
      scene.fact("found", shape(pull(raw, group, topic, 0, 0)));
      scene.fact("at the end", shape(pull(raw, group, topic, 0, 3)));
      scene.fact("beyond", shape(pull(raw, group, topic, 0, 9)));
      scene.fact("before", shape(pull(raw, group, topic, 0, -1)));
      scene.fact("no such queue", shape(pull(raw, group, topic, 5, 0)));
      scene.fact("no such topic", shape(pull(raw, group, NOWHERE, 0, 0)));
      scene.fact("other tag", shape(pull(raw, group, topic, 0, 0, "other")));
      scene.fact("offset of nobody",
          shape(queue(raw, RequestCode.QUERY_CONSUMER_OFFSET, topic, "consumerGroup", group)));
      scene.fact("offset committed", shape(queue(raw, RequestCode.UPDATE_CONSUMER_OFFSET, topic, "consumerGroup", group,
          "commitOffset", 2)));
      scene.fact("offset", shape(queue(raw, RequestCode.QUERY_CONSUMER_OFFSET, topic, "consumerGroup", group)));
      scene.fact("offset not zero", shape(queue(raw, RequestCode.QUERY_CONSUMER_OFFSET, topic,
          "consumerGroup", Scene.fresh("group"), "setZeroIfNotFound", false)));
      scene.fact("max", shape(queue(raw, RequestCode.GET_MAX_OFFSET, topic)));
      scene.fact("min", shape(queue(raw, RequestCode.GET_MIN_OFFSET, topic)));
      scene.fact("max of no topic", shape(queue(raw, RequestCode.GET_MAX_OFFSET, NOWHERE)));
      scene.fact("earliest time", shape(queue(raw, RequestCode.GET_EARLIEST_MSG_STORETIME, topic)));
      scene.fact("earliest of no topic", shape(queue(raw, RequestCode.GET_EARLIEST_MSG_STORETIME, NOWHERE)));
      long later = System.currentTimeMillis() + 60_000;
      scene.fact("by time 0", shape(queue(raw, RequestCode.SEARCH_OFFSET_BY_TIMESTAMP, topic, "timestamp", 0)));
      scene.fact("by time to come",
          shape(queue(raw, RequestCode.SEARCH_OFFSET_BY_TIMESTAMP, topic, "timestamp", later)));
      scene.fact("members of no group",
          shape(raw.broker(RequestCode.GET_CONSUMER_LIST_BY_GROUP, "consumerGroup", Scene.fresh("group"))));
    });

    check("wire answers to heartbeats and locks", scene -> {
      Raw raw = new Raw(scene.producer());
      String group = scene.group();
      String topic = scene.topic(2);
      String subscription = """
          {"topic":"%s","subString":"*","tagsSet":[],"codeSet":[],"subVersion":1,"expressionType":"TAG",
           "classFilterMode":false}""".formatted(topic);
      String consumer = """
          {"groupName":"%s","consumeType":"CONSUME_PASSIVELY","messageModel":"CLUSTERING","unitMode":false,
           "consumeFromWhere":"CONSUME_FROM_FIRST_OFFSET","subscriptionDataSet":[%s]}""".formatted(group, subscription);
      String heartbeat = """
          {"clientID":"%s@1","producerDataSet":[],"consumerDataSet":[%s]}""".formatted(group, consumer);
      scene.fact("heartbeat", shape(raw.broker(RequestCode.HEART_BEAT, bytes(heartbeat))));
      scene.fact("again", shape(raw.broker(RequestCode.HEART_BEAT, bytes(heartbeat))));
      scene.fact("members", Raw.json(raw.broker(RequestCode.GET_CONSUMER_LIST_BY_GROUP, "consumerGroup", group)));
      RemotingCommand retry = raw.nameServer(RequestCode.GET_ROUTEINFO_BY_TOPIC, "topic", "%RETRY%" + group);
      scene.fact("retry topic", retry.getCode() == 0 ? Raw.json(retry) : shape(retry));
      scene.fact("lock", locked(raw, RequestCode.LOCK_BATCH_MQ, group, topic, "one"));
      scene.fact("lock by another", locked(raw, RequestCode.LOCK_BATCH_MQ, group, topic, "two"));
      scene.fact("unlock", locked(raw, RequestCode.UNLOCK_BATCH_MQ, group, topic, "one"));
      scene.fact("lock by the other", locked(raw, RequestCode.LOCK_BATCH_MQ, group, topic, "two"));
      scene.fact("unregister",
          shape(raw.broker(RequestCode.UNREGISTER_CLIENT, "clientID", group + "@1", "consumerGroup", group)));
      scene.fact("members left",
          shape(raw.broker(RequestCode.GET_CONSUMER_LIST_BY_GROUP, "consumerGroup", group)));
      scene.fact("heartbeat of nonsense", raw.broker(RequestCode.HEART_BEAT, bytes("no JSON")).getCode());
    });

    check("wire answers to what is looked for and not there", scene -> {
      Raw raw = new Raw(scene.producer());
      String topic = scene.topic(1);
      scene.fact("view", shape(raw.broker(RequestCode.VIEW_MESSAGE_BY_ID, "offset", 1L << 40)));
      scene.fact("query", shape(raw.broker(RequestCode.QUERY_MESSAGE, "topic", topic, "key", "nobody", "maxNum", 4,
          "beginTimestamp", 0, "endTimestamp", System.currentTimeMillis())));
      scene.fact("send back", shape(raw.broker(RequestCode.CONSUMER_SEND_MSG_BACK, "offset", 1L << 40, "group",
          scene.group(), "delayLevel", 0)));
      scene.fact("end of no transaction", shape(raw.broker(RequestCode.END_TRANSACTION, "topic", topic, "producerGroup",
          scene.group(), "tranStateTableOffset", 1L << 40, "commitLogOffset", 1L << 40, "commitOrRollback", 8,
          "fromTransactionCheck", false, "msgId", "nothing", "transactionId", "nothing")));
      scene.fact("recall of nonsense", shape(raw.broker(RequestCode.RECALL_MESSAGE, "producerGroup", scene.group(),
          "topic", topic, "recallHandle", "nonsense")));
    });
  }

  private static RemotingCommand pull(Raw raw, String group, String topic, int queueId, long offset) throws Exception {
    return pull(raw, group, topic, queueId, offset, "*");
  }

  /** Without waiting, with a subscription of its own. */
  private static RemotingCommand pull(Raw raw, String group, String topic, int queueId, long offset, String tags)
      throws Exception {
    return raw.broker(RequestCode.PULL_MESSAGE, "consumerGroup", group, "topic", topic, "queueId", queueId,
        "queueOffset", offset, "maxMsgNums", 32, "sysFlag", 4, "commitOffset", 0, "suspendTimeoutMillis", 0,
        "subscription", tags, "subVersion", 0, "expressionType", "TAG");
  }

  /** About queue 0 of the topic. */
  private static RemotingCommand queue(Raw raw, int code, String topic, Object... more) throws Exception {
    Object[] fields = {"topic", topic, "queueId", 0};
    return raw.broker(code, Stream.concat(Arrays.stream(fields), Arrays.stream(more)).toArray());
  }

  private static String locked(Raw raw, int code, String group, String topic, String client) throws Exception {
    String queue = "{\"topic\":\"" + topic + "\",\"brokerName\":\"broker-a\",\"queueId\":0}";
    String body = "{\"consumerGroup\":\"" + group + "\",\"clientId\":\"" + client + "\",\"mqSet\":[" + queue + "]}";
    RemotingCommand answer = raw.broker(code, bytes(body));
    return shape(answer) + (answer.getBody() == null ? "" : " " + Raw.json(answer));
  }
}
