/**
 * The fixed text by which `sh` builds the root of a cell; nothing is ever put into it. All that
 * differs from cell to cell comes as arguments and is only used quoted.
 *
 * It runs as process 1 of new namespaces, with capabilities over their mounts and nothing else. The
 * mount table is its own from the start, so what lies below a bound folder cannot change meanwhile.
 *
 * Arguments: the helpers in order (mount, umount, pivot_root, mkdir, ln, then ip and hostname, which
 * may be empty), the working folder, then steps of three words (what, source, path in the cell; the
 * source of a bind is followed by its name as mountinfo writes it), `--`, and the last command.
 */
export const UNSHARE_SCRIPT = String.raw`
set -efu
umask 022
mount=$1 umount=$2 pivot_root=$3 mkdir=$4 ln=$5 ip=$6 hostname=$7 cwd=$8
shift 8
# Never a source: system folders are refused as workspaces and grants.
new=/sys
newline='
'
die() { printf '%s\n' "unshare: $1" >&2; exit 1; }

# What the machine has mounted (proc(5)): flags that a copy must keep, and the place.
table=
while read -r id parent device root point options others; do
  flags=
  for flag in ro nosuid nodev noexec nosymfollow; do
    case ,$options, in *,$flag,*) flags=$flags,$flag;; esac
  done
  while :; do
    case $point in
      *\\043*) point=\${point%%\\043*}#\${point#*\\043};;
      *) break;;
    esac
  done
  table=$table$flags' '$point$newline
done </proc/self/mountinfo

plain() { # what mountinfo wrote, as it is
  rest=$1 plain=
  while :; do
    case $rest in *\\*) ;; *) break;; esac
    plain=$plain\${rest%%\\*} rest=\${rest#*\\}
    case $rest in
      040*) plain="$plain ";;
      011*) plain="$plain	";;
      012*) plain=$plain$newline;;
      134*) plain=$plain\\;;
      *) die "cannot read the name $1";;
    esac
    rest=\${rest#???}
  done
  plain=$plain$rest
}

place() { # path, d or f: makes the mount point; a link on the way would lead elsewhere
  dest=$new$1
  if [ "$2" = d ]; then folder=$dest; else folder=\${dest%/*}; fi
  [ -d "$folder" ] || "$mkdir" -p -- "$folder"
  cd -P -- "$folder"
  [ "$PWD" = "$folder" ] || die "a link stands in the way of $1"
  if [ "$2" = f ]; then
    [ ! -L "$dest" ] || die "a link stands in the way of $1"
    [ -e "$dest" ] || : >"$dest"
  fi
}

bind() { # ro or rw, source, its name in the table, path: all that is mounted below comes along
  if [ -d "$2" ]; then place "$4" d; else place "$4" f; fi
  top= longest=0 below=
  set -- "$1" "$2" "$3" "$4" "$dest"
  IFS=$newline
  for line in $table; do
    point=\${line#* }
    case $3/ in
      "\${point%/}"/*)
        if [ \${#point} -ge "$longest" ]; then longest=\${#point} top=\${line%% *}; fi;;
      *) case $point in "$3"/*) below=$below$line$newline;; esac;;
    esac
  done
  "$mount" -n -i --rbind -o "$1,nosuid,nodev$top" "$2" "$5"
  for line in $below; do
    plain "\${line#* }"
    within=\${plain#"$2"}
    [ -e "$5$within" ] || continue
    "$mount" -n -i -o "remount,bind,$1,nosuid,nodev\${line%% *}" none "$5$within"
  done
  unset IFS
}

# Not there, no harm done: both are comforts of the cell.
[ -z "$ip" ] || "$ip" link set lo up 2>/dev/null || :
[ -z "$hostname" ] || "$hostname" cell 2>/dev/null || :
"$mount" -n -i -t tmpfs -o mode=0755,size=8m,nosuid,nodev tmpfs "$new"
"$mkdir" -p "$new/run/ward/old"
while [ "$1" != -- ]; do
  case $1 in
    read) bind ro "$2" "$3" "$4"; shift 4;;
    write) bind rw "$2" "$3" "$4"; shift 4;;
    link)
      [ -d "$new\${3%/*}" ] || "$mkdir" -p -- "$new\${3%/*}"
      "$ln" -s -- "$2" "$new$3"; shift 3;;
    tmpfs)
      place "$3" d
      "$mount" -n -i -t tmpfs -o "mode=0755,size=$2,nosuid,nodev" tmpfs "$dest"; shift 3;;
    proc)
      place "$3" d
      "$mount" -n -i -t proc -o nosuid,nodev,noexec proc "$dest"
      # The cell's own user namespace is the last one.
      echo 1 >"$dest/sys/user/max_user_namespaces"
      # What the next unshare writes once, of this process only; all else ends read-only.
      for name in uid_map gid_map setgroups; do
        "$mount" -n -i --bind "$dest/1/$name" "$dest/1/$name"
      done
      shift 3;;
    dev)
      place "$3" d
      "$mount" -n -i -t tmpfs -o mode=0755,size=64k,nosuid tmpfs "$dest"
      for name in null zero full random urandom tty; do
        : >"$dest/$name"
        # As root the mode of the machine's own device could be changed through it (chmod(2)).
        "$mount" -n -i --bind -o ro,nosuid,noexec "/dev/$name" "$dest/$name"
      done
      "$mkdir" "$dest/shm" "$dest/pts"
      "$mount" -n -i -t devpts -o newinstance,ptmxmode=0666,mode=620,nosuid,noexec devpts "$dest/pts"
      "$ln" -s pts/ptmx "$dest/ptmx"
      "$ln" -s /proc/self/fd "$dest/fd"
      "$ln" -s fd/0 "$dest/stdin"
      "$ln" -s fd/1 "$dest/stdout"
      "$ln" -s fd/2 "$dest/stderr"
      shift 3;;
    # Only now: a mount point below a masked folder had to be made first.
    seal) "$mount" -n -i -o "remount,bind,ro,$2" none "$new$3"; shift 3;;
    *) die "unknown step $1";;
  esac
done
shift
cd "$new"
"$pivot_root" . run/ward/old
cd /
"/run/ward/old$umount" -n -i -l /run/ward/old
cd -- "$cwd"
exec "$@"
`.replaceAll("\\${", "${");
