# Reports failing commands as events. Nothing here may change what the script does: no options, no
# output, no exit code, and every name begins with __emp_.

zmodload zsh/parameter 2>/dev/null || :

# __emp_failed CODE CHAIN: runs in the trap on ZERR. Returns CODE for a trap that is chained
# behind, which finds it in $?.
__emp_failed() {
  emulate -L zsh
  # Who called this: the failing command, or a trap that is a function.
  local at=1 code=$1 function=
  [[ $funcstack[2] == TRAPZERR ]] && at=2
  local file=${funcfiletrace[at]%:*} line=${funcfiletrace[at]##*:} function=$funcstack[at+1]
  # What `eval` and `source` run counts as a function too.
  [[ $function == '(eval)' || $function == $file ]] && function=
  (( __emp_count = ${__emp_count:-0} + 1 ))
  (( __emp_count <= 100 )) && __emp_emit $code $file $line "$function" </dev/null >/dev/null 2>&1
  (( $2 )) || code=0
  return $code
}

# __emp_emit CODE FILE LINE FUNCTION
__emp_emit() {
  emulate -L zsh
  local -a more
  [[ -n $4 ]] && more+=(-d "function=$4")
  (( __emp_count == 100 )) && more+=(-d 'note=further failures in this shell are not reported')
  command @EMP@ emit --quiet --error ShellCommandFailed --message "exit code $1 at $2:$3" \
    -d "file=$2" -d "line:=$3" -d "exitCode:=$1" -d 'shell=zsh' -d "pid:=$$" "${more[@]}"
}

# Sets __emp_trap to the text of the trap that is there, which `trap` tells on a line as a command
# that sets it. A trap on DEBUG may print other lines in between.
__emp_find() {
  emulate -L zsh
  local -a found
  found=(${(M)${(f)"$(trap)"}:#trap -- * ZERR})
  __emp_trap=${(Q)${${found[1]-}#trap -- }% ZERR}
}

if [[ -n ${functions[TRAPZERR]-} ]]; then
  # A trap that is a function.
  [[ ${functions[TRAPZERR]} == *__emp_failed* ]] ||
    functions[TRAPZERR]="__emp_failed \$? 1 || { ${functions[TRAPZERR]}
}"
else
  __emp_find
  if [[ -z $__emp_trap ]]; then
    trap '__emp_failed $? 0' ZERR
  elif [[ $__emp_trap != *__emp_failed* ]]; then
    trap "__emp_failed \$? 1 || { $__emp_trap
}" ZERR
  fi
  unset __emp_trap
fi
