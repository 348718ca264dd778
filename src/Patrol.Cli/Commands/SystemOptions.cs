using System.CommandLine;
using Patrol.Cli.Config;
using Patrol.Cli.Failures;
using Patrol.Cli.Sources;

namespace Patrol.Cli.Commands;

/// <summary>The options that say which system a command works on, and with whose credentials.</summary>
internal sealed class SystemOptions
{
    private readonly (SourceKind Kind, Option<string> Option)[] systems =
        [.. SourceCatalog.Kinds.Select(kind => (kind, new Option<string>($"--{kind.Name}") { Description = kind.Description, HelpName = kind.Address }))];

    private readonly Option<string> profile = new("--profile", "-p") { Description = "A system of ~/.config/patrol/config.yaml", HelpName = "NAME" };
    private readonly Option<string> tokenFile = new("--token-file") { Description = "A file that holds the token to sign in with", HelpName = "FILE" };
    private readonly Option<string> secrets = new("--gitlab-secrets") { Description = "GitLab's gitlab-secrets.json, for what needs token texts on its database", HelpName = "FILE" };

    public SystemOptions(Command command)
    {
        foreach (var (_, option) in systems)
            command.Options.Add(option);
        command.Options.Add(profile);
        command.Options.Add(tokenFile);
        command.Options.Add(secrets);
    }

    /// <summary>Whether the command line names a system at all.</summary>
    public bool AreGiven(Call call) => call.Has(profile) || Array.Exists(systems, system => call.Has(system.Option));

    /// <summary>Opens the one system that the command line names.</summary>
    /// <exception cref="CliFailure">It names none, several, or one that cannot be reached.</exception>
    public Task<ISource> Open(Call call, CancellationToken cancellation)
    {
        var (kind, target) = Choose(call);
        return kind.Open(target, cancellation);
    }

    private (SourceKind Kind, SourceTarget Target) Choose(Call call)
    {
        var named = systems.Where(system => call.Has(system.Option)).ToList();
        if (named.Count + (call.Has(profile) ? 1 : 0) != 1)
            throw CliFailure.Usage($"Say which system, exactly one: {string.Join(", ", systems.Select(system => $"--{system.Kind.Name} {system.Kind.Address}"))} or --profile NAME.");
        var file = call.Get(tokenFile);
        var secretsFile = call.Get(secrets);
        if (named.Count == 1)
        {
            var address = call.Get(named[0].Option)!;
            return (named[0].Kind, new SourceTarget(address, AddressIsPublic: true, file, secretsFile, call.Now, call.Variable) { Say = call.Screen.Say });
        }
        var chosen = ProfileFile.Read(call.Variable).Get(call.Get(profile)!);
        return (chosen.Kind, new SourceTarget(
            chosen.Address, AddressIsPublic: false, file ?? chosen.TokenFile, secretsFile ?? chosen.SecretsFile, call.Now, call.Variable)
        { Say = call.Screen.Say });
    }
}
