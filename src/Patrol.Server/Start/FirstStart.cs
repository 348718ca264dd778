using System.Security.Cryptography;
using Microsoft.AspNetCore.Identity;
using Patrol.Core.Lifetimes;
using Patrol.Core.Scopes;
using Patrol.Core.Tokens;
using Patrol.Server.Access;
using Patrol.Server.Settings;
using Patrol.Server.Storage;
using Patrol.Server.Tokens;
using Patrol.Server.Users;

namespace Patrol.Server.Start;

/// <summary>
/// Makes the first administrator in an empty database, and sees to it that a server's secret fits its database.
/// </summary>
internal sealed class FirstStart(Database database, ServerSecret secret, TokenIssuer issuer, SettingsStore settings, ServerOptions options, TimeProvider time)
{
    private const int PasswordBytes = 18;

    /// <summary>Does what the first start needs.</summary>
    /// <returns>Lines to tell whoever starts the server.</returns>
    /// <exception cref="StartException">The secret is not the one that keys this database's digests.</exception>
    public async Task<IReadOnlyList<string>> Run()
    {
        if (options.RootToken is { Length: < GivenTokenText.MinimumLength })
            throw new StartException($"PATROL_ROOT_TOKEN must have at least {GivenTokenText.MinimumLength} characters.");
        var file = Path.Combine(options.DataFolder, "initial-root-password");
        var password = options.RootPassword ?? Convert.ToBase64String(RandomNumberGenerator.GetBytes(PasswordBytes));
        var made = await database.Write(async scope =>
        {
            await CheckSecret(scope);
            if (await scope.Scalar<long>("SELECT count(*) FROM users") > 0)
                return false;
            await MakeRoot(scope, password);
            // Before the commit: no root is there whose password nobody has. If that fails, the next start writes another one.
            if (options.RootPassword is null)
                Write(file, password);
            return true;
        });
        if (!made)
            return options.RootToken is null ? [] : ["PATROL_ROOT_TOKEN is ignored: it counts at the first start alone, and this database has its root."];
        if (options.RootPassword is not null)
            return [];
        var signIn = $"First start: sign in as root; the password is in {file}";
        return options.RootToken is not null ? [signIn]
            : [signIn, "For a first API token, start on an empty data folder with PATROL_ROOT_TOKEN set to a text of your own; see README.md."];
    }

    private static void Write(string file, string password)
    {
        try
        {
            DataFolder.WritePrivate(file, password + "\n");
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new StartException($"--data: cannot write root's first password to {file}: {fault.Message}");
        }
    }

    private async Task CheckSecret(WriteScope scope)
    {
        var print = SecretPrint.Of(secret.Key);
        await scope.Execute(
            "INSERT INTO settings (id, body) VALUES (@id, @print) ON CONFLICT (id) DO NOTHING", new { id = SecretPrint.Row, print });
        if (await scope.First<string>("SELECT body FROM settings WHERE id = @id", new { id = SecretPrint.Row }) != print)
        {
            throw new StartException(
                $"--secret-file: {options.SecretFile} is not the secret that keys this database's tokens. Servers that share a database share the file.");
        }
    }

    private async Task MakeRoot(WriteScope scope, string password)
    {
        var now = time.Now();
        var root = new User { Id = 1, Username = "root", Name = "Administrator", Email = "admin@example.com", IsAdmin = true, CanCreateGroup = true };
        var id = await UserSql.Insert(scope, root, new PasswordHasher<User>().HashPassword(root, password), now);
        if (options.RootToken is not { } text)
            return;
        var everyScope = ScopeSet.Parse(ScopeCatalog.All.Where(known => ScopeCatalog.MayHold(known, isAdministrator: true, isBot: false)).Select(known => known.Name)).Value;
        var draft = new TokenDraft(
            "root token", "Made at the first start from PATROL_ROOT_TOKEN", everyScope, settings.Current.Lifetime.DefaultFor(UtcDay.Of(now)));
        await issuer.IssueGiven(scope, TokenKind.Personal, id, draft, new Secret(text), now);
    }
}
