using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Identity;
using Patrol.Core.Directory;
using Patrol.Server.Access;
using Patrol.Server.Storage;
using Patrol.Server.Users;

namespace Patrol.Server.Sessions;

/// <summary>What came of a user name and a password.</summary>
internal enum PasswordVerdict
{
    Right,

    /// <summary>There is no such user, or it is not their password; nobody is told which.</summary>
    Wrong,

    /// <summary>It is right, but the user is blocked.</summary>
    Blocked,

    /// <summary>Too many wrong ones came before, or the address is shut out: it was not looked at.</summary>
    Denied,
}

/// <summary>What came of a user name and a password.</summary>
/// <param name="Verdict">Whether they belong together.</param>
/// <param name="User">The user, if they do.</param>
/// <param name="DeniedUntil">When it is worth trying again, if it was denied for wrong passwords.</param>
internal sealed record PasswordCheck(PasswordVerdict Verdict, User? User = null, DateTimeOffset? DeniedUntil = null)
{
    /// <summary>The hash that the password was compared with.</summary>
    public string? Hash { get; init; }
}

/// <summary>
/// Tells whether a password is a user's. Wrong ones are slowed down for each account and address, and count towards the ban of the
/// address; comparing takes its turn in <see cref="SlowHashing"/>, so that a flood of guesses leaves the processors to others.
/// </summary>
internal sealed class CheckPassword(Database database, FailedAuthenticationBan ban) : IDisposable
{
    private const int MostRemembered = 100_000;
    private const int LongestLogin = 255;

    private static readonly PasswordHasher<User> Hasher = new();

    // Who does not exist takes as long as who does.
    private static readonly string Nobodys = Hasher.HashPassword(new User(), "nobody's");

    private readonly SlowHashing hashing = new();
    private readonly RecentMemory<(string Login, IPAddress? Network), WrongPasswords> wrong = new(MostRemembered);
    private readonly ConcurrentDictionary<Guess, Lazy<Task<bool>>> comparing = new();

    /// <summary>Checks.</summary>
    /// <param name="login">The user name or e-mail address, whatever its case.</param>
    /// <param name="password">The password.</param>
    /// <param name="address">Where it comes from.</param>
    /// <param name="now">The instant of the request.</param>
    /// <exception cref="OverloadedException">Too many wait for a comparison already.</exception>
    public async Task<PasswordCheck> Handle(string login, string password, IPAddress? address, DateTimeOffset now)
    {
        if (ban.IsBanned(address, now))
            return new(PasswordVerdict.Denied);
        // A null byte is in nobody's name, and no database is asked for it.
        if (login.Length is 0 or > LongestLogin || login.Contains('\0') || password.Length is 0 or > AccountRules.MaximumPassword)
            return new(PasswordVerdict.Wrong);
        var key = (UserSql.Key(login), address is null ? null : FailedAuthenticationBan.NetworkOf(address));
        if (wrong.Get(key).DeniedUntil is { } until && until > now)
            return new(PasswordVerdict.Denied, DeniedUntil: until);
        var found = await database.Read(connection => UserSql.FindByLogin(connection, login));
        var isRight = await Compare(new Guess(key, found?.PasswordHash ?? Nobodys, password));
        if (!isRight || found is not { PasswordHash: { } hash, User: var user })
        {
            ban.CountFailure(address, now);
            wrong.Change(key, attempts => attempts.Another(now));
            return new(PasswordVerdict.Wrong);
        }
        wrong.Forget(key);
        return new(user.IsActive ? PasswordVerdict.Right : PasswordVerdict.Blocked, user) { Hash = hash };
    }

    public void Dispose() => hashing.Dispose();

    // A program that asks many times at once with one password has it compared once.
    private async Task<bool> Compare(Guess guess)
    {
        var comparison = comparing.GetOrAdd(guess, _ => new Lazy<Task<bool>>(() => hashing.IsRight(
            guess.Key, () => Hasher.VerifyHashedPassword(new User(), guess.Hash, guess.Password) != PasswordVerificationResult.Failed)));
        try
        {
            return await comparison.Value;
        }
        finally
        {
            comparing.TryRemove(KeyValuePair.Create(guess, comparison));
        }
    }

    // No record: its text would show the password.
    private readonly struct Guess((string Login, IPAddress? Network) key, string hash, string password) : IEquatable<Guess>
    {
        public (string Login, IPAddress? Network) Key => key;

        public string Hash => hash;

        public string Password => password;

        public bool Equals(Guess other) => Key.Equals(other.Key) && Hash == other.Hash && Password == other.Password;

        public override bool Equals(object? obj) => obj is Guess other && Equals(other);

        public override int GetHashCode() => HashCode.Combine(Key, Hash, Password);
    }
}
