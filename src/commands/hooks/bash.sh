# Reports failing commands as events. Nothing here may change what the script does: no options, no
# output, no exit code, and every name begins with __emp_.

# __emp_failed CODE CHAIN COMMAND LAST: runs in the trap on ERR. Returns CODE for a trap that is
# chained behind, which finds it in $?; LAST is what $_ was.
__emp_failed() {
  local code=$1 chain=$2 command=$3 last=$4
  local depth=$((${#FUNCNAME[@]} - 1)) function=${FUNCNAME[1]-} file=${BASH_SOURCE[1]-} line=${BASH_LINENO[0]-0}
  case $function in main | source) function= ;; esac
  # One failure is seen again by what called the function, the file or the text in which it
  # happened. Commands are told as the innermost one, but for those two that run others.
  local again=0 at="$code $file $line"
  case $command in
    source\ * | .\ *) [ "${__emp_depth-0}" -gt "$depth" ] && again=1 ;;
    eval\ *) [ "${__emp_at-}" = "$at" ] && again=1 ;;
    *) [ "${__emp_depth-0}" -gt "$depth" ] && [ "$command" = "${__emp_command-}" ] && again=1 ;;
  esac
  [ "$code" = "${__emp_code-}" ] || again=0
  __emp_depth=$depth __emp_command=$command __emp_at=$at __emp_code=$code
  if [ "$again" = 0 ]; then
    __emp_count=$((${__emp_count:-0} + 1))
    if [ "$__emp_count" -le 100 ]; then
      # The text of `bash -c`.
      [ "$file" = environment ] && file=
      __emp_emit "$code" "${file:-$0}" "$line" "$function" "$command" </dev/null >/dev/null 2>&1
    fi
  fi
  [ "$chain" = 0 ] && code=0
  : "$last"
  return "$code"
}

# __emp_emit CODE FILE LINE FUNCTION COMMAND
__emp_emit() {
  local more=
  [ "$__emp_count" -eq 100 ] && more='further failures in this shell are not reported'
  set -- "$1" "$2" "$3" "$4" "${5:0:500}"
  command @EMP@ emit --quiet --error ShellCommandFailed --message "exit code $1 at $2:$3" \
    -d "file=$2" -d "line:=$3" -d "exitCode:=$1" -d "command=$5" -d "shell=bash" -d "pid:=$$" \
    ${4:+-d "function=$4"} ${more:+-d "note=$more"}
}

# The trap that is there, as it was written: `trap -- '...' ERR`.
__emp_trap=$(trap -p ERR)
case $__emp_trap in
  *__emp_failed*) ;;
  '') trap '__emp_failed "$?" 0 "$BASH_COMMAND" "$_"' ERR ;;
  *)
    __emp_trap=${__emp_trap#trap -- }
    eval "__emp_trap=${__emp_trap% *}"
    trap "__emp_failed \"\$?\" 1 \"\$BASH_COMMAND\" \"\$_\" || { $__emp_trap
}" ERR
    ;;
esac
unset __emp_trap
