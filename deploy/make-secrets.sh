#!/bin/sh
# Asks for Slack's secrets and writes them where compose.yaml mounts them; makes a password for the store of its own.
# Run again, it asks only for what is missing: remove a file to give it anew.
#
#   sh make-secrets.sh            into ./secrets
#   sh make-secrets.sh FOLDER
set -eu
umask 077

folder=${1:-$(dirname "$0")/secrets}
# The folder is its owner's alone; inside it all may read, since the containers run as users that this machine has not.
mkdir -p "$folder/paperbot" "$folder/store"
chmod 0700 "$folder"
chmod 0755 "$folder/paperbot" "$folder/store"

keep() { # FILE: what comes on standard input, whole or not at all
    cat >"$1.new"
    chmod 0444 "$1.new"
    mv "$1.new" "$1"
}

ask() { # FILE QUESTION
    if [ -s "$folder/paperbot/$1" ]; then
        return
    fi
    printf '%s (empty: none): ' "$2" >&2
    if [ -t 0 ]; then stty -echo; fi
    answer=
    read -r answer || true
    if [ -t 0 ]; then stty echo && echo >&2; fi
    if [ -n "$answer" ]; then
        printf '%s' "$answer" | keep "$folder/paperbot/$1"
    fi
}

trap 'if [ -t 0 ]; then stty echo; fi' EXIT INT TERM
ask slack__bot_token 'Bot token, xoxb-…'
ask slack__app_token 'App token for Socket Mode, xapp-…'
ask slack__signing_secret 'Signing secret for HTTP mode'
ask email__password "Password of the mail server's account"

if [ ! -s "$folder/store/users.acl" ] || [ ! -s "$folder/paperbot/store__url" ]; then
    password=$(od -An -N32 -tx1 /dev/urandom | tr -d ' \n')
    hash=$(printf '%s' "$password" | { sha256sum 2>/dev/null || shasum -a 256; } | cut -d ' ' -f 1)
    # Nobody without the password does anything but ping; Paperbot does nothing but to its own keys.
    keep "$folder/store/users.acl" <<END
user default on nopass resetkeys resetchannels -@all +ping
user paperbot on #$hash resetkeys ~pb:* resetchannels -@all +@read +@write +@stream +@scripting +@connection +@transaction -@dangerous +info +wait +client|setname +client|setinfo +client|id
END
    printf 'redis://paperbot:%s@store:6379' "$password" | keep "$folder/paperbot/store__url"
fi

config=$(dirname "$folder")/config.toml
if [ ! -e "$config" ]; then
    : >"$config"
    chmod 0644 "$config"
fi
echo "The secrets are in $folder, the settings in $config." >&2
