#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# One real Kafka broker (KRaft, no ZooKeeper) on 127.0.0.1 for the tests, on ports that are free.
#
#   kafka.sh install     fetch the jars through Maven into the cache, once
#   kafka.sh run DIR     start it in DIR; prints "ready"; then reads commands, one a line: "down" stops the broker,
#                        "kill" ends it as a crash would, "up" starts it again with its data (each answers "ok"). At
#                        end of input it stops for good,
#                        so that a test that dies leaves no broker behind
#   kafka.sh start DIR   start it in the background, by hand
#   kafka.sh stop DIR    end that one
#
# DIR/env tells where it listens, what user it knows (PLAIN and SCRAM-SHA-256) and which CA signed its certificate.
# Exit status 77, with the reason on standard error: it can't be had here, and the test is skipped.
set -eu

version=3.9.1
cache=${XDG_CACHE_HOME:-$HOME/.cache}/tidemark-tests
jars=$cache/kafka-$version
user=reader
password=reader-secret

skip() { echo "kafka.sh: $*" >&2; exit 77; }
fail() { echo "kafka.sh: $*" >&2; exit 1; }

install() {
    [ -e "$jars/installed" ] && return
    command -v java >/dev/null || skip "no Java: install default-jre-headless"
    command -v mvn >/dev/null || skip "no Maven: install maven"
    mkdir -p "$cache"
    exec 9> "$cache/lock"
    flock 9
    if [ ! -e "$jars/installed" ]; then
        partial=$cache/partial
        rm -rf "$partial" "$jars"
        mkdir -p "$partial"
        cat > "$partial/pom.xml" <<EOF
<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
<groupId>tidemark</groupId><artifactId>test-broker</artifactId><version>1</version><packaging>pom</packaging>
<dependencies>
<dependency><groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId><version>$version</version></dependency>
<dependency><groupId>org.slf4j</groupId><artifactId>slf4j-simple</artifactId><version>1.7.36</version></dependency>
</dependencies></project>
EOF
        mvn -q -B -f "$partial/pom.xml" dependency:copy-dependencies -DincludeScope=runtime \
            -DoutputDirectory="$partial" > "$cache/install.log" 2>&1 ||
            skip "Maven could not fetch Kafka $version: $(grep -m1 ERROR "$cache/install.log" || echo "see $cache/install.log")"
        touch "$partial/installed"
        mv "$partial" "$jars"
    fi
    flock -u 9
    exec 9>&-
}

# A CA, the broker's certificate signed by it, and another CA that signed nothing.
certificates() {
    (
        cd "$1"
        umask 077
        for ca in ca other-ca; do
            openssl req -x509 -newkey rsa:2048 -nodes -days 30 -subj "/CN=tidemark test $ca" \
                -keyout "$ca.key" -out "$ca.pem"
        done
        openssl req -newkey rsa:2048 -nodes -subj /CN=localhost -keyout broker.key -out broker.csr
        echo 'subjectAltName=DNS:localhost,IP:127.0.0.1' > broker.ext
        openssl x509 -req -in broker.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 30 -extfile broker.ext \
            -out broker.crt
        cat broker.key broker.crt ca.pem > broker.pem
    ) > "$1/openssl.log" 2>&1 || fail "openssl could not make certificates, see $1/openssl.log"
}

free_ports() {
    python3 -c '
import socket
held = [socket.create_server(("127.0.0.1", 0)) for _ in range(5)]
print(*(s.getsockname()[1] for s in held))'
}

configure() {
    dir=$1
    # shellcheck disable=SC2046
    set -- $(free_ports)
    cat > "$dir/env" <<EOF
plain=127.0.0.1:$1
sasl=127.0.0.1:$2
sasl_tls=127.0.0.1:$3
tls=127.0.0.1:$4
user=$user
password=$password
ca=$dir/ca.pem
other_ca=$dir/other-ca.pem
EOF
    plain="org.apache.kafka.common.security.plain.PlainLoginModule required username=\"$user\" password=\"$password\" user_$user=\"$password\";"
    scram='org.apache.kafka.common.security.scram.ScramLoginModule required;'
    cat > "$dir/server.properties" <<EOF
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:$5
controller.listener.names=CONTROLLER
listeners=PLAINTEXT://127.0.0.1:$1,SASL_PLAINTEXT://127.0.0.1:$2,SASL_SSL://127.0.0.1:$3,SSL://127.0.0.1:$4,CONTROLLER://127.0.0.1:$5
advertised.listeners=PLAINTEXT://127.0.0.1:$1,SASL_PLAINTEXT://127.0.0.1:$2,SASL_SSL://127.0.0.1:$3,SSL://127.0.0.1:$4
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,SASL_PLAINTEXT:SASL_PLAINTEXT,SASL_SSL:SASL_SSL,SSL:SSL,CONTROLLER:PLAINTEXT
inter.broker.listener.name=PLAINTEXT
sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-256
listener.name.sasl_plaintext.plain.sasl.jaas.config=$plain
listener.name.sasl_plaintext.scram-sha-256.sasl.jaas.config=$scram
listener.name.sasl_ssl.plain.sasl.jaas.config=$plain
listener.name.sasl_ssl.scram-sha-256.sasl.jaas.config=$scram
ssl.keystore.type=PEM
ssl.keystore.location=$dir/broker.pem
log.dirs=$dir/data
auto.create.topics.enable=false
log.cleaner.backoff.ms=300
offsets.topic.replication.factor=1
offsets.topic.num.partitions=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=1
EOF
    java -cp "$jars/*" -Dorg.slf4j.simpleLogger.defaultLogLevel=warn kafka.tools.StorageTool format \
        -t dGlkZW1hcmstdGVzdHMtMQ -c "$dir/server.properties" \
        --add-scram "SCRAM-SHA-256=[name=$user,password=$password]" > "$dir/format.log" 2>&1 ||
        fail "could not format the broker's storage: $(tail -1 "$dir/format.log")"
}

prepare() {
    install
    mkdir -p "$1"
    [ -e "$1/env" ] && return
    command -v openssl >/dev/null || skip "no openssl"
    command -v python3 >/dev/null || skip "no python3"
    certificates "$1"
    configure "$1"
}

alive() { grep -qs '^State:[[:space:]]*[^Z[:space:]]' "/proc/$1/status"; } # a child not yet waited for is a Z

# Returns once the broker says that it serves; 2 min at most (a busy machine takes half of one).
up() {
    java -Xms128m -Xmx512m -XX:+UseSerialGC -cp "$jars/*" -Dorg.slf4j.simpleLogger.defaultLogLevel=warn \
        -Dorg.slf4j.simpleLogger.log.kafka.server.KafkaRaftServer=info \
        kafka.Kafka "$1/server.properties" > "$1/log" 2>&1 < /dev/null &
    echo $! > "$1/pid"
    tries=0
    until grep -q 'Kafka Server started' "$1/log"; do
        alive "$(cat "$1/pid")" || fail "the broker ended: $(tail -3 "$1/log")"
        tries=$((tries + 1))
        [ $tries -lt 600 ] || { down "$1"; fail "the broker did not start in 2 min, see $1/log"; }
        sleep 0.2
    done
}

down() {
    [ -e "$1/pid" ] || return 0
    pid=$(cat "$1/pid")
    rm -f "$1/pid"
    kill "$pid" 2>/dev/null || return 0
    tries=0
    while alive "$pid"; do
        tries=$((tries + 1))
        [ $tries -lt 100 ] || kill -9 "$pid" 2>/dev/null || true
        sleep 0.1
    done
}

run() {
    prepare "$1"
    broker=$1
    trap 'down "$broker"' EXIT
    trap 'exit 143' TERM INT HUP
    up "$1"
    echo ready
    while read -r command; do
        case $command in
        down) down "$1" ;;
        kill) kill -9 "$(cat "$1/pid")"; down "$1" ;;
        up) up "$1" ;;
        *) fail "unknown command: $command" ;;
        esac
        echo ok
    done
}

case ${1:-}:${2:-} in
install:) install ;;
run:/*) run "$2" ;;
start:/*) prepare "$2"; up "$2"; cat "$2/env" ;;
stop:/*) down "$2" ;;
*) echo "usage: $0 install | run DIR | start DIR | stop DIR (DIR is an absolute path)" >&2; exit 2 ;;
esac
