using System.CommandLine;
using Patrol.Cli.Failures;

namespace Patrol.Cli.Commands;

/// <summary>Prints the lines that teach a shell to complete patrol's commands and options; the program itself answers what fits.</summary>
internal sealed class CompletionCommand : PatrolCommand
{
    private const string Bash = """
        _patrol() {
            local IFS=$'\n'
            COMPREPLY=($(compgen -W "$(patrol "[suggest:$COMP_POINT]" "$COMP_LINE" 2>/dev/null)" -- "${COMP_WORDS[COMP_CWORD]}"))
        }
        complete -o default -F _patrol patrol
        """;

    private const string Zsh = """
        #compdef patrol
        _patrol() {
            local -a found
            found=("${(@f)$(patrol "[suggest:$CURSOR]" "$BUFFER" 2>/dev/null)}")
            compadd -a found
            _files
        }
        compdef _patrol patrol
        """;

    private const string Fish = """
        function __patrol_complete
            set -l line (commandline -cp)
            patrol "[suggest:"(string length -- "$line")"]" "$line" 2>/dev/null
        end
        complete -c patrol -a '(__patrol_complete)'
        """;

    private readonly Argument<string> shell = new("shell") { Description = "bash, zsh or fish" };

    public CompletionCommand()
        : base("completion", "Print what makes a shell complete patrol's commands and options")
    {
        shell.AcceptOnlyFromAmong("bash", "zsh", "fish");
        Arguments.Add(shell);
    }

    public override IReadOnlyList<(string Line, string Does)> Examples =>
    [
        ("patrol completion bash > /etc/bash_completion.d/patrol", "for everybody's bash"),
        ("source <(patrol completion zsh)", "for this zsh"),
        ("patrol completion fish > ~/.config/fish/completions/patrol.fish", "for your fish"),
    ];

    protected override Task<ExitCode> Run(Call call, CancellationToken cancellation)
    {
        call.Screen.Print(call.Get(shell) switch { "bash" => Bash, "zsh" => Zsh, _ => Fish });
        return Task.FromResult(ExitCode.Done);
    }
}
