# Sourced by ./dev: brings what a step needs on Debian 12 and 13, and does nothing when all is
# there. Elsewhere CMake says what is missing.

as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi; }

apt_get() {
  as_root env DEBIAN_FRONTEND=noninteractive \
    apt-get -q -y -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0 "$@" >&2
}

installed() { [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }

# need PACKAGE...: installs those that are absent.
need() {
  command -v apt-get >/dev/null || return 0
  local package missing=()
  for package in "$@"; do installed "$package" || missing+=("$package"); done
  [ ${#missing[@]} = 0 ] && return 0
  echo "installing ${missing[*]}" >&2
  # A new machine has no lists or old ones, which shows as a package that cannot be found.
  apt_get install --no-install-recommends "${missing[@]}" ||
    { apt_get update && apt_get install --no-install-recommends "${missing[@]}"; }
}

release() { (. /etc/os-release 2>/dev/null && echo "${VERSION_CODENAME:-}"); }

# The machine's own source of Debian RELEASE, in the form it has there (one line or a paragraph),
# with the suite changed to TO: the mirror, keyring and options stay what the owner chose.
source_entry() { # FROM TO
  local from=$1 to=$2 filter suite uri file
  for filter in "Release: $from" "Codename: $from"; do
    IFS='|' read -r suite uri file < <(apt-get indextargets 'Created-By: Packages' \
      'Component: main' "$filter" --format '$(RELEASE)|$(REPO_URI)|$(SOURCESENTRY)') && break
  done
  [ -n "${uri:-}" ] || return 1
  file=${file%:*}
  uri=${uri%/}
  case $file in
    *.sources)
      awk -v RS= -v ORS='\n\n' -v uri="$uri" -v suite="$suite" \
        'index($0, uri) && $0 ~ "Suites:[^\n]*[ \t]" suite "([ \t\n]|$)" { print; exit }' "$file" |
        sed -E "s/^Types:.*/Types: deb/I; s/^Suites:.*/Suites: $to/I; s/^Components:.*/Components: main/I" ;;
    *)
      sed -nE "s#^deb([ \t]+\[[^]]*\])?[ \t]+($uri/?)[ \t]+$suite[ \t].*\bmain\b.*#deb\1 \2 $to main#p" \
        "$file" | head -n 1 ;;
  esac
}

# newer_packages RELEASE PACKAGE...: unpacks header-only packages of a newer Debian into .deps,
# with an apt state of its own, so that the system stays as it is.
newer_packages() {
  local to=$1 state entry extension=list
  shift
  mkdir -p .deps
  state=$(mktemp -d "$PWD/.deps/apt.XXXXXX")
  mkdir -p "$state"/lists/partial "$state"/cache/archives/partial "$state"/debs
  # apt names only sources whose lists are there; container images come without lists.
  entry=$(source_entry "$(release)" "$to") ||
    { apt_get update && entry=$(source_entry "$(release)" "$to"); } ||
    { echo "no source of Debian $(release) among this machine's apt sources" >&2; return 1; }
  case $entry in *Types:*) extension=sources ;; esac
  printf '%s\n' "$entry" >"$state/debian.$extension"
  local apt=(apt-get -q -o "Dir::State::lists=$state/lists" -o "Dir::Cache=$state/cache"
    -o "Dir::Etc::sourcelist=$state/debian.$extension" -o Dir::Etc::sourceparts=-
    -o Acquire::Languages=none -o APT::Sandbox::User=root)
  echo "fetching $* of Debian $to into .deps" >&2
  "${apt[@]}" update >&2 && (cd "$state/debs" && "${apt[@]}" download "$@" >&2) || return 1
  local deb
  for deb in "$state"/debs/*.deb; do dpkg-deb -x "$deb" .deps; done
  rm -rf "$state"
}

need_build() {
  need cmake ninja-build g++ flatbuffers-compiler libflatbuffers-dev \
    libcli11-dev nlohmann-json3-dev libfmt-dev libutf8proc-dev libzip-dev libpng-dev libjpeg-dev
  need ccache  # the later steps of a whole run compile much the same
  case $(release) in
    bookworm)  # its xsimd is too old, its doctest as well
      [ -e .deps/usr/include/xsimd/xsimd.hpp ] && [ -e .deps/usr/include/doctest/doctest.h ] ||
        newer_packages trixie libxsimd-dev doctest-dev ;;
    trixie) need libxsimd-dev doctest-dev ;;
  esac
}

need_target() {
  case $1 in
    aarch64 | aarch64-static) need g++-aarch64-linux-gnu qemu-user ;;
    aarch64-bare) need g++-aarch64-linux-gnu qemu-system-arm ;;
    wasm) need clang-19 lld-19 llvm-19 wasi-libc libclang-rt-19-dev-wasm32 libc++-19-dev-wasm32 \
      libc++abi-19-dev-wasm32 nodejs ;;
    armhf) need g++-arm-linux-gnueabihf qemu-user ;;
    riscv64) need g++-riscv64-linux-gnu qemu-user ;;
    baseline) need qemu-user ;;
    cortex-m*) need gcc-arm-none-eabi libstdc++-arm-none-eabi-newlib qemu-system-arm ;;
    *) return 1 ;;
  esac
}

need_clang() {
  case $(release) in
    bookworm) need clang lld libclang-rt-14-dev ;;
    *) need clang lld libclang-rt-dev ;;
  esac
}
