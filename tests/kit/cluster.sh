# A private PostgreSQL for one run of the tests: made, started, stopped and removed here. Sourced by `run`.

# Sets cluster_url. The server listens on a free port of 127.0.0.1 alone and lets nobody in without its password.
cluster_start() {
  local bin port password
  bin=$(dirname "$(command -v initdb || compgen -G '/usr/lib/postgresql/*/bin/initdb' | sort -V | tail -n 1)")
  port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
  password=$(python3 -c 'import secrets; print(secrets.token_hex(16))')
  cluster_bin=$bin
  cluster_folder=$(mktemp -d "${TMPDIR:-/tmp}/headend-postgresql.XXXXXX")
  printf '%s' "$password" >"$cluster_folder/password"
  # PostgreSQL refuses to run as root.
  cluster_as=()
  if ((EUID == 0)); then
    cluster_as=(runuser -u postgres --)
    chown -R postgres "$cluster_folder"
  fi
  if ! _cluster_make "$port" >"$cluster_folder.log" 2>&1; then
    cat "$cluster_folder.log" >&2
    cluster_stop
    return 1
  fi
  cluster_url="postgresql://headend:$password@127.0.0.1:$port/headend"
}

cluster_stop() {
  (cd / && "${cluster_as[@]}" "$cluster_bin/pg_ctl" stop -D "$cluster_folder/data" -m immediate) >/dev/null 2>&1 || true
  rm -rf "$cluster_folder" "$cluster_folder.log"
}

_cluster_make() (
  cd /
  set -e
  "${cluster_as[@]}" "$cluster_bin/initdb" -D "$cluster_folder/data" -U headend -A scram-sha-256 \
    --pwfile="$cluster_folder/password" -E UTF8 --locale=C.UTF-8
  # Without fsync: no test here cuts the power, and emptying the tables after each test waits for the disk otherwise.
  "${cluster_as[@]}" "$cluster_bin/pg_ctl" start -w -D "$cluster_folder/data" -l "$cluster_folder/log" -o \
    "-c listen_addresses=127.0.0.1 -c port=$1 -c unix_socket_directories=$cluster_folder -c max_connections=300 -c fsync=off"
)
